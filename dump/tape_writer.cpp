// The order of a tape's messages, their frames and the index; see the header.
#include "dump/tape_writer.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dump/crc32c.h"
#include "dump/message_buffer.h"
#include "dump/tape_encode.h"
#include "dump/tape_format.h"

namespace looptape::dump {
namespace {

using tape::Range;

// Lists of an opening or closing go on in another message beyond this estimate of their size: half of
// what a message may have, so that the estimate need not be exact.
constexpr std::size_t kPartBytes = tape::kMaxMessageBytes / 2;
constexpr std::size_t kMaxSpareBytes = std::size_t{1} << 20;  // larger openings are written once only
constexpr std::size_t kMaxIndexEntries = 131072;              // of 40 bytes

struct IndexEntry {
  std::uint64_t offset = 0, first = 0, last = 0;
  std::uint32_t bytes = 0, rows = 0;
  schema::MessageKind kind = schema::MessageKind::OPENING;
  std::uint16_t stream = 0;
};

// What was written of a stream so far.
struct Written {
  std::uint64_t rows = 0, bytes = 0, last = 0;
};

std::size_t text_bytes(const std::string& text) { return std::min(text.size(), tape::kMaxFieldBytes) / 8 * 8 + 16; }

// Messages are built one after the other in one buffer, which is written when it holds this much: writes
// of the size of a block cost twice as much per byte.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

// Builds a message of one segment in memory that is somebody else's and zeroed.
class SegmentBuilder : public capnp::MessageBuilder {
 public:
  explicit SegmentBuilder(kj::ArrayPtr<capnp::word> memory) : memory_(memory) {}
  kj::ArrayPtr<capnp::word> allocateSegment(unsigned least) override {
    KJ_REQUIRE(!given_ && least <= memory_.size(), "a message is larger than 8 MiB");
    given_ = true;
    return memory_;
  }

 private:
  kj::ArrayPtr<capnp::word> memory_;
  bool given_ = false;
};

}  // namespace

class TapeWriter::Impl {
 public:
  explicit Impl(ByteOutput& output)
      : output_(output),
        // Zeroed, as the builder demands; pages come as they are used.
        buffer_(kWriteBytes + tape::kMaxMessageBytes) {
    if (buffer_.words() == nullptr) error_ = {ENOMEM, "tape: no memory for a message"};
  }

  void opening(const Opening& opening);
  void block(const Block& block);
  void closing(const Closing& closing);

  // Runs `work` unless something failed before; what it throws becomes the error.
  template <class Work>
  void guarded(Work work) {
    if (error_) return;
    try {
      work();
    } catch (const kj::Exception& exception) {
      error_ = {-1, std::string("tape: ") + exception.getDescription().cStr()};
    } catch (const std::bad_alloc&) {
      error_ = {ENOMEM, "tape: out of memory"};
    }
  }

  const IoError& error() const { return error_; }
  bool finished() const { return finished_; }
  std::uint64_t bytes() const { return offset_; }
  std::uint64_t messages() const { return number_; }
  std::uint64_t repaired() const { return repaired_ + encoder_.repaired(); }

 private:
  // Builds one message with fill(root) in the buffer; `entry` goes into the index.
  template <class Fill>
  void message(IndexEntry entry, Fill fill);
  void write_opening(const Opening& opening, bool spare);
  void write_slice(const Block& block, const tape::BlockSlice& slice);
  void write_index();
  void flush();

  ByteOutput& output_;
  MessageBuffer buffer_;
  std::size_t pending_ = 0;  // words of whole messages in the buffer
  std::uint64_t tape_ = 0;
  std::unordered_map<std::uint16_t, Written> written_;
  std::vector<IndexEntry> index_;
  std::optional<Opening> spare_;
  IoError error_;
  bool opened_ = false;
  bool finished_ = false;
  std::uint64_t offset_ = 0;
  std::uint32_t number_ = 0;
  tape::BlockEncoder encoder_;
  std::uint64_t repaired_ = 0;
};

template <class Fill>
void TapeWriter::Impl::message(IndexEntry entry, Fill fill) {
  if (error_) return;
  static_assert(sizeof(capnp::word) == sizeof(std::uint64_t));
  std::uint64_t* const frame = buffer_.words() + pending_;
  constexpr std::size_t kWords = tape::kMaxMessageBytes / tape::kWord;
  // The framing word, then the one segment.
  SegmentBuilder builder(kj::arrayPtr(reinterpret_cast<capnp::word*>(frame + 1), kWords - 1));
  auto root = builder.initRoot<schema::Message>();
  root.setMagic(tape::kMagic);
  root.setTape(tape_);
  root.setNumber(number_);
  root.setMajor(tape::kMajor);
  root.setMinor(tape::kMinor);
  fill(root, entry);
  const std::size_t size = builder.getSegmentsForOutput()[0].size();
  *frame = static_cast<std::uint64_t>(size) << 32;
  const std::size_t bytes = (size + 1) * tape::kWord;
  root.setCrc(crc32c(0, frame, bytes));
  entry.offset = offset_;
  entry.bytes = static_cast<std::uint32_t>(bytes);
  pending_ += size + 1;
  offset_ += bytes;
  ++number_;
  if (index_.size() < kMaxIndexEntries) index_.push_back(entry);
  if (pending_ * tape::kWord >= kWriteBytes) flush();
}

void TapeWriter::Impl::flush() {
  if (error_ || pending_ == 0) return;
  error_ = output_.write(std::as_bytes(std::span(buffer_.words(), pending_)));
  std::memset(buffer_.words(), 0, pending_ * tape::kWord);
  pending_ = 0;
}

void TapeWriter::Impl::opening(const Opening& opening) {
  if (opened_) {
    error_ = {-1, "tape: a second opening"};
    return;
  }
  opened_ = true;
  // Follows from the recording, so that the same recording gives the same bytes; its random token makes
  // it hard to guess for those whose texts are in it.
  const auto& token = opening.process.token;
  tape_ = core::mix64(token[0] ^ core::mix64(token[1] + opening.process.snapshot_tick));
  Opening named;
  const Opening* use = &opening;
  if (opening.names.empty()) {  // there is always the name that stands for none
    named = opening;
    named.names.emplace_back();
    use = &named;
  }
  encoder_.set_names(std::min<std::size_t>(use->names.size(), tape::kMaxRows));
  write_opening(*use, false);
  if (offset_ <= kMaxSpareBytes) spare_ = *use;
}

void TapeWriter::Impl::write_opening(const Opening& opening, bool spare) {
  const std::size_t names = std::min<std::size_t>(opening.names.size(), tape::kMaxRows);
  std::vector<tape::OpeningSlice> slices(1);
  std::size_t bytes = 0;
  // Starts a new part when the item does not fit, then takes the item up to index i into its range.
  const auto take = [&](std::size_t item_bytes, Range tape::OpeningSlice::*range, std::size_t i) {
    if (bytes + item_bytes > kPartBytes) {
      const tape::OpeningSlice& full = slices.back();
      slices.push_back({{full.names.end, full.names.end},
                        {full.stages.end, full.stages.end},
                        {full.requests.end, full.requests.end}});
      bytes = 0;
    }
    bytes += item_bytes;
    (slices.back().*range).end = i + 1;
  };
  for (std::size_t i = 0; i < names; ++i) take(16 + text_bytes(opening.names[i].text), &tape::OpeningSlice::names, i);
  for (std::size_t i = 0; i < opening.open_stages.size(); ++i) take(24, &tape::OpeningSlice::stages, i);
  for (std::size_t i = 0; i < opening.open_requests.size(); ++i) {
    const OpenRequest& request = opening.open_requests[i];
    take(80 + text_bytes(request.tenant) + text_bytes(request.session) + text_bytes(request.user),
         &tape::OpeningSlice::requests, i);
  }
  for (std::size_t part = 0; part < slices.size(); ++part) {
    message({.kind = schema::MessageKind::OPENING}, [&](auto root, IndexEntry&) {
      auto to = root.initOpening();
      to.setPart(static_cast<unsigned>(part));
      to.setParts(static_cast<unsigned>(slices.size()));
      to.setSpare(spare);
      to.setNameCount(static_cast<unsigned>(names));
      tape::encode_opening(opening, slices[part], part == 0, to, repaired_);
    });
  }
}

void TapeWriter::Impl::block(const Block& block) {
  if (!opened_ || finished_) {
    error_ = {-1, "tape: a block outside of opening and closing"};
    return;
  }
  tape::BlockSlice slice;
  const bool whole = block.stages.size() + block.attributes.size() + block.points.size() <= tape::kMaxRows &&
                     block.contexts.size() <= tape::kMaxRows && block.text.size() <= tape::kMaxTextBytes;
  if (whole) {
    slice.stages.end = block.stages.size();
    slice.attributes.end = block.attributes.size();
    slice.points.end = block.points.size();
    write_slice(block, slice);
    return;
  }
  slice.renumber = true;
  bool more = true;
  while (more && !error_) {
    std::size_t room = tape::kMaxRows, text = 0;
    const auto extend = [&room](Range& range, std::size_t size) {
      range.begin = range.end;
      range.end += std::min(room, size - range.begin);
      room -= range.size();
    };
    extend(slice.stages, block.stages.size());
    slice.attributes.begin = slice.attributes.end;
    for (; slice.attributes.end < block.attributes.size() && room != 0; --room) {
      const std::size_t length =
          std::min<std::size_t>(block.attributes[slice.attributes.end].length, tape::kMaxTextBytes);
      if (text + length > tape::kMaxTextBytes) break;
      text += length;
      ++slice.attributes.end;
    }
    extend(slice.points, block.points.size());
    write_slice(block, slice);
    more = slice.stages.end < block.stages.size() || slice.attributes.end < block.attributes.size() ||
           slice.points.end < block.points.size();
  }
}

void TapeWriter::Impl::write_slice(const Block& block, const tape::BlockSlice& slice) {
  Written& written = written_[block.stream];
  const std::uint64_t before = offset_;
  tape::TickRange ticks;
  const IndexEntry entry{
      .rows = static_cast<std::uint32_t>(slice.rows()), .kind = schema::MessageKind::BLOCK, .stream = block.stream};
  message(entry, [&](auto root, IndexEntry& indexed) {
    auto to = root.initBlock();
    to.setRowsBefore(written.rows);
    to.setBytesBefore(written.bytes);
    to.setLastBefore(written.last);
    ticks = encoder_.encode(block, slice, to);
    indexed.first = ticks.first;
    indexed.last = ticks.last;
  });
  written.rows += slice.rows();
  written.bytes += offset_ - before;
  written.last = std::max(written.last, ticks.last);
}

namespace {

// A stretch of a stream's lists that fits one message.
struct Piece {
  const Stream* stream;
  Range owners, gaps;
  bool continued;
};

// Pieces of streams, each of which fits; then parts of pieces, each a message.
std::vector<std::vector<Piece>> parts_of(const std::vector<Stream>& streams) {
  std::vector<std::vector<Piece>> parts(1);
  std::size_t bytes = 0;
  for (const Stream& stream : streams) {
    std::size_t owner = 0, gap = 0;
    bool continued = false;
    do {
      Piece piece{&stream, {owner, owner}, {gap, gap}, continued};
      std::size_t size = 128;
      for (; owner < stream.owners.size() && size < kPartBytes / 2; ++owner)
        size += 40 + text_bytes(stream.owners[owner].name);
      for (; gap < stream.gaps.size() && size < kPartBytes / 2; ++gap) size += 32;
      piece.owners.end = owner;
      piece.gaps.end = gap;
      if (bytes + size > kPartBytes) {
        parts.emplace_back();
        bytes = 0;
      }
      bytes += size;
      parts.back().push_back(piece);
      continued = true;
    } while (owner < stream.owners.size() || gap < stream.gaps.size());
  }
  return parts;
}

}  // namespace

void TapeWriter::Impl::closing(const Closing& closing) {
  if (!opened_ || finished_) {
    error_ = {-1, "tape: a closing outside of a tape"};
    return;
  }
  if (spare_) write_opening(*spare_, true);
  const std::vector<std::vector<Piece>> parts = parts_of(closing.streams);
  std::vector<std::pair<std::uint16_t, Written>> tails(written_.begin(), written_.end());
  std::sort(tails.begin(), tails.end(), [](auto& a, auto& b) { return a.first < b.first; });

  for (std::size_t part = 0; part < parts.size(); ++part) {
    message({.kind = schema::MessageKind::CLOSING}, [&](auto root, IndexEntry&) {
      auto to = root.initClosing();
      to.setPart(static_cast<unsigned>(part));
      to.setParts(static_cast<unsigned>(parts.size()));
      to.setCompleteSince(closing.complete_since);
      to.setStages(closing.stages);
      to.setAttributes(closing.attributes);
      to.setPoints(closing.points);
      to.setLostAttributes(closing.lost_attributes);
      to.setRebuilt(closing.rebuilt);
      to.setDamages(closing.damages);
      auto streams = to.initStreams(static_cast<unsigned>(parts[part].size()));
      for (unsigned i = 0; i < streams.size(); ++i) {
        const Piece& piece = parts[part][i];
        tape::encode_stream(*piece.stream, piece.owners, piece.gaps, piece.continued, streams[i], repaired_);
      }
      if (part != 0) return;
      auto list = to.initTails(static_cast<unsigned>(tails.size()));
      for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setStream(tails[i].first);
        list[i].setRows(tails[i].second.rows);
        list[i].setBytes(tails[i].second.bytes);
        list[i].setLastTick(tails[i].second.last);
      }
    });
  }
  write_index();
  flush();
  finished_ = !error_;
}

void TapeWriter::Impl::write_index() {
  const bool complete = number_ == index_.size();
  message({.kind = schema::MessageKind::INDEX}, [&](auto root, IndexEntry&) {
    auto to = root.initIndex();
    to.setComplete(complete);
    auto entries = to.initEntries(static_cast<unsigned>(index_.size()));
    for (unsigned i = 0; i < entries.size(); ++i) {
      entries[i].setOffset(index_[i].offset);
      entries[i].setBytes(index_[i].bytes);
      entries[i].setKind(index_[i].kind);
      entries[i].setStream(index_[i].stream);
      entries[i].setRows(index_[i].rows);
      entries[i].setFirstTick(index_[i].first);
      entries[i].setLastTick(index_[i].last);
    }
  });
}

TapeWriter::TapeWriter(ByteOutput& output) : impl_(std::make_unique<Impl>(output)) {}
TapeWriter::~TapeWriter() = default;

void TapeWriter::opening(const Opening& opening) {
  impl_->guarded([&] { impl_->opening(opening); });
}
void TapeWriter::block(const Block& block) {
  impl_->guarded([&] { impl_->block(block); });
}
void TapeWriter::closing(const Closing& closing) {
  impl_->guarded([&] { impl_->closing(closing); });
}

const IoError& TapeWriter::error() const { return impl_->error(); }
bool TapeWriter::finished() const { return impl_->finished(); }
std::uint64_t TapeWriter::bytes() const { return impl_->bytes(); }
std::uint64_t TapeWriter::messages() const { return impl_->messages(); }
std::uint64_t TapeWriter::repaired() const { return impl_->repaired(); }

}  // namespace looptape::dump
