// What a reader may make of a chunk that is filled and recycled while it reads.  Tests only.
#include <array>
#include <iterator>

#include "looptape/core/chunk.h"
#include "tests/model/scenarios.h"

namespace looptape::model {
namespace {

using namespace core;

constexpr std::size_t kRecordWords = 2;

struct Lives {
  unsigned lives;
  std::size_t records;        // in each life
  std::size_t depth;          // of the open stack in the keyframe
  std::uint64_t varying_low;  // fields low .. high - 1 of the keyframe differ from life to life
  std::uint64_t varying_high;
};

constexpr std::uint64_t kFields = 15;  // of a keyframe, the two of its close included

// Field `field` tells which life it belongs to, where it varies.
std::uint64_t field_of(const Lives& plan, std::uint64_t field, unsigned life) {
  const bool varies = field >= plan.varying_low && field < plan.varying_high;
  return 100 * (field + 1) + (varies ? life : 0);
}

Keyframe frame_of(const Lives& plan, unsigned life) {
  std::uint64_t field = 2;
  const auto value = [&] { return field_of(plan, field++, life); };
  Keyframe frame;
  frame.stream = value();
  frame.sequence = value();
  frame.base = value();
  frame.records = value();
  frame.bytes = value();
  frame.request = value();
  frame.parent_start = value();
  frame.parent_stream = value();
  frame.tid = value();
  frame.name[0] = value();
  frame.name[1] = value();
  frame.ordinal = value();
  frame.previous_last = value();
  frame.depth = plan.depth;
  return frame;
}

// What one life left in a chunk, word by word.
struct Image {
  std::vector<std::uint64_t> words;
  std::size_t first = 0;  // bytes of the keyframe
};

std::vector<Image> write_lives(const Lives& plan, Execution& run, Checked::Word* chunk_words, std::size_t capacity,
                               Checked::Word* open) {
  std::vector<Image> images;
  for (unsigned life = 1; life <= plan.lives; ++life) {
    run.hand_over(life % 2);  // another owner every time
    for (std::size_t i = 0; i < 2 * plan.depth; ++i)
      Checked::store<Access::kPlain>(open[i], 9000 + life, std::memory_order_relaxed);
    Image image;
    image.first = recycle_chunk<Checked>(chunk_words, frame_of(plan, life), open);
    for (std::size_t record = 0; record < plan.records; ++record) {
      const std::size_t at = image.first + record * kRecordWords * kWordBytes;
      for (std::size_t w = 0; w < kRecordWords; ++w)
        Checked::store<Access::kRecord>(chunk_words[at / kWordBytes + w], 1000 * life + 10 * record + w,
                                        std::memory_order_relaxed);
      commit_chunk<Checked>(chunk_words, at + kRecordWords * kWordBytes);
    }
    close_chunk<Checked>(chunk_words, field_of(plan, 0, life), field_of(plan, 1, life));
    for (std::size_t i = 0; i < capacity / kWordBytes; ++i) image.words.push_back(chunk_words[i].value);
    images.push_back(image);
  }
  return images;
}

// Null when `out`, read as kOk, is what one life had up to some record.
const char* judge(const std::vector<Image>& images, const std::uint64_t* out, std::size_t bytes) {
  const Image& image = images[out[chunk::kGeneration] / 2 - 1];
  const bool whole = bytes >= image.first && bytes <= image.words[chunk::kCommitted] &&
                     (bytes - image.first) % (kRecordWords * kWordBytes) == 0;
  if (!whole) return property::kWholeRecords;
  for (std::size_t i = chunk::kStream; i < bytes / kWordBytes; ++i) {
    const bool may_be_open = (i == chunk::kLast || i == chunk::kClosedRecords) && out[i] == 0;
    if (out[i] != image.words[i] && !may_be_open) return property::kOneLife;
  }
  return nullptr;
}

Outcome lives(const Lives& plan, Mutant mutant) {
  constexpr std::size_t kMaxCapacity = 64 * kWordBytes;
  const std::size_t capacity = keyframe_bytes(plan.depth) + plan.records * kRecordWords * kWordBytes;
  std::vector<Image> images;
  return explore(
      capacity / kWordBytes + 2 * plan.depth, mutant,
      [&](Execution& run, Checked::Word* words) {
        images = write_lives(plan, run, words, capacity, words + capacity / kWordBytes);
      },
      [&](const Checked::Word* words) -> const char* {
        std::uint64_t out[kMaxCapacity / kWordBytes];
        std::size_t bytes = 0;
        switch (read_chunk<Checked>(words, capacity, out, &bytes)) {
          case ChunkRead::kOk:
            return judge(images, out, bytes);
          case ChunkRead::kBroken:
            return property::kNeverBroken;
          default:
            return nullptr;
        }
      });
}

}  // namespace

Outcome two_lives_all_words(Mutant mutant) { return lives({2, 1, 1, 0, kFields}, mutant); }

Outcome three_lives(Mutant mutant) {
  constexpr std::uint64_t kAtATime = 5;
  Outcome all;
  for (std::uint64_t low = 0; low < kFields; low += kAtATime) all = all + lives({3, 2, 0, low, low + kAtATime}, mutant);
  return all;
}

// The slot's pointer is written as next_chunk does (core/thread_lease.cpp): the chunk is ready, then the slot has it.
Outcome slot_points_to_chunk(Mutant mutant) {
  constexpr std::size_t kChunks = 2;
  constexpr std::size_t kCapacity = keyframe_bytes(0), kWords = kCapacity / kWordBytes;
  return explore(
      kChunks * kWords + 1, mutant,
      [&](Execution&, Checked::Word* words) {
        for (std::size_t i = 0; i < kChunks; ++i) {
          Keyframe frame;
          frame.sequence = i + 1;
          recycle_chunk<Checked>(words + i * kWords, frame, nullptr);
          Checked::store<Access::kSlotChunk>(words[kChunks * kWords], i + 1, std::memory_order_release);
        }
      },
      [&](const Checked::Word* words) -> const char* {
        const std::uint64_t chunk =
            Checked::load<Access::kReadSlotChunk>(words[kChunks * kWords], std::memory_order_acquire);
        if (chunk == 0) return nullptr;
        std::uint64_t out[kWords];
        std::size_t bytes = 0;
        const ChunkRead read = read_chunk<Checked>(words + (chunk - 1) * kWords, kCapacity, out, &bytes);
        return read == ChunkRead::kOk && out[chunk::kSequence] == chunk ? nullptr : property::kChunkReady;
      });
}

// Records are numbered by their stream from 0; a keyframe says how many came before it.  What the reader did not
// get must be exactly what subtraction of those counts says it did not get.
Outcome accounting(Mutant mutant) {
  constexpr std::size_t kChunks = 2, kRecords = 2, kSwitches = 6;
  constexpr std::size_t kCapacity = keyframe_bytes(0) + kRecords * kRecordWords * kWordBytes;
  constexpr std::size_t kWords = kCapacity / kWordBytes;
  return explore(
      kChunks * kWords, mutant,
      [&](Execution&, Checked::Word* words) {
        Keyframe frame;
        for (std::size_t turn = 0; turn < kSwitches; ++turn) {
          Checked::Word* const chunk_words = words + turn % kChunks * kWords;
          frame.sequence += 1;
          std::size_t at = recycle_chunk<Checked>(chunk_words, frame, nullptr);
          for (std::size_t record = 0; record < kRecords; ++record, at += kRecordWords * kWordBytes) {
            for (std::size_t w = 0; w < kRecordWords; ++w)
              Checked::store<Access::kRecord>(chunk_words[at / kWordBytes + w], frame.records,
                                              std::memory_order_relaxed);
            frame.records += 1;
            commit_chunk<Checked>(chunk_words, at + kRecordWords * kWordBytes);
          }
          close_chunk<Checked>(chunk_words, 0, 0);
        }
      },
      [&](const Checked::Word* words) -> const char* {
        struct Copy {
          std::uint64_t sequence, before, records;
        };
        std::vector<Copy> copies;
        std::array<unsigned, kSwitches * kRecords> times_read{};
        for (std::size_t c = 0; c < kChunks; ++c) {
          std::uint64_t out[kWords];
          std::size_t bytes = 0;
          if (read_chunk<Checked>(words + c * kWords, kCapacity, out, &bytes) != ChunkRead::kOk) continue;
          copies.push_back(
              {out[chunk::kSequence], out[chunk::kRecords], (bytes - keyframe_bytes(0)) / (kRecordWords * kWordBytes)});
          for (std::size_t i = keyframe_bytes(0) / kWordBytes; i < bytes / kWordBytes; ++i)
            if (out[i] >= times_read.size() || times_read[out[i]]++ >= kRecordWords) return property::kAccounting;
        }
        std::sort(copies.begin(), copies.end(), [](const Copy& a, const Copy& b) { return a.sequence < b.sequence; });
        // By the keyframes alone: [next, before) was lost, [before, before + records) was read.
        std::uint64_t next = 0;
        for (const Copy& copy : copies) {
          if (copy.before < next) return property::kAccounting;
          for (; next < copy.before; ++next)
            if (times_read[next] != 0) return property::kAccounting;
          for (; next < copy.before + copy.records; ++next)
            if (times_read[next] != kRecordWords) return property::kAccounting;
        }
        return nullptr;
      });
}

}  // namespace looptape::model
