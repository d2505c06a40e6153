// What a killed child left: see left_behind.h.
#include "tests/core/kill/left_behind.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace looptape::testing {
namespace {

namespace header = core::header;
namespace chunk = core::chunk;

}  // namespace

LeftBehind::LeftBehind(const std::string& path, const Shared& shared) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  words_.resize(static_cast<std::size_t>(file.tellg()) / core::kWordBytes);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(words_.data()), static_cast<std::streamsize>(words_.size() * core::kWordBytes));
  if (!file) throw std::runtime_error("cannot read " + path);
  find_streams(shared);
  sort_chunks();
}

Words LeftBehind::chunk(std::uint64_t index) const {
  const std::size_t words = header(header::kPools + 2) / core::kWordBytes;
  return Words(words_).subspan(header(header::kPools) / core::kWordBytes + index * words, words);
}
Words LeftBehind::slot(std::uint64_t index) const {
  return Words(words_).subspan(header(header::kSlotsOffset) / core::kWordBytes + index * core::slot::kWords,
                               core::slot::kWords);
}
Words LeftBehind::flight(std::uint64_t index) const {
  return Words(words_).subspan(header(header::kFlightOffset) / core::kWordBytes + index * core::flight::kWords,
                               core::flight::kWords);
}
Words LeftBehind::name(std::uint64_t index) const {
  return Words(words_).subspan(header(header::kNamesOffset) / core::kWordBytes + index * core::name_entry::kWords,
                               core::name_entry::kWords);
}

std::string LeftBehind::name_text(std::uint64_t index) const {
  const Words entry = name(index);
  if (entry[core::name_entry::kHead] == 0) return {};
  const char* const text = reinterpret_cast<const char*>(&entry[core::name_entry::kText]);
  return {text, core::name_length(entry[core::name_entry::kHead])};
}

void LeftBehind::find_streams(const Shared& shared) {
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    LeftStream& stream = streams.emplace_back();
    stream.thread = thread;
    stream.done = shared.threads[thread].done;
    stream.begun = shared.threads[thread].begun;
    const std::uint64_t tid = shared.threads[thread].tid;
    for (std::uint64_t index = 0; index < header(header::kSlotsCount); ++index) {
      if (tid == 0 || slot(index)[core::slot::kTid] != tid) continue;
      stream.id = static_cast<std::uint16_t>(index);
      stream.slot = slot(index);
    }
  }
}

void LeftBehind::sort_chunks() {
  for (std::uint64_t index = 0; index < chunk_count(); ++index) {
    const Words words = chunk(index);
    const std::uint64_t generation = words[chunk::kGeneration];
    untouched += generation == 0;
    odd += generation % 2;
    lives += (generation + 1) / 2;
    turned_over |= generation > 2;
    if (generation == 0 || generation % 2 != 0) continue;
    const auto owner = std::find_if(streams.begin(), streams.end(), [&](const LeftStream& stream) {
      return !stream.slot.empty() && stream.id == words[chunk::kStream];
    });
    if (owner == streams.end()) {
      problem = "a whole chunk of no stream";
    } else {
      owner->chunks.push_back({words});
    }
  }
  for (LeftStream& stream : streams)
    std::sort(stream.chunks.begin(), stream.chunks.end(),
              [](const LeftChunk& a, const LeftChunk& b) { return a.sequence() < b.sequence(); });
}

std::vector<LeftStream::Stretch> LeftStream::stretches() const {
  std::vector<Stretch> found;
  for (const LeftChunk& one : chunks) {
    if (one.records == 0) continue;
    if (found.empty() || found.back().last != one.before()) found.push_back({one.before() + 1, one.before()});
    found.back().last += one.records;
  }
  return found;
}

std::string compare_record(const LeftBehind& left, Words w, std::uint64_t n) {
  using core::RecordType;
  const ExpectedRecord want = expected_record(n);
  const auto wrong = [&](const char* what) {
    return std::string(what) + " in record " + std::to_string(n) + " of a stream, of iteration " +
           std::to_string(want.iteration);
  };
  if (core::head_type(w[0]) != want.type) return wrong("another type");
  if (core::head_low(w[0]) != want.low) return wrong("another status or type of value");
  if (!want.name.empty() && left.name_text(core::head_site(w[0])) != want.name) return wrong("another name");
  if (want.type == RecordType::kStage) {
    const bool same = core::stage_depth(w[1]) == want.depth && core::stage_attributes(w[1]) == want.attributes &&
                      core::stage_flags(w[1]) == want.flags;
    return same ? "" : wrong("another stage");
  }
  if (want.value_is_known && w[1] != want.value) return wrong("another value");
  if (want.type != RecordType::kAttribute) return {};
  if (core::attribute_depth(w[0]) != want.depth) return wrong("another depth");
  if (core::attribute_length(w[0]) != want.text.size()) return wrong("another length");
  if (want.value_is_known && std::memcmp(&w[2], want.text.data(), want.text.size()) != 0) return wrong("another text");
  return {};
}

}  // namespace looptape::testing
