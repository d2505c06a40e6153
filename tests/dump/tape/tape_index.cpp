// A tape's index: see tape_index.h.
#include "tests/dump/tape/tape_index.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <span>

#include "dump/schema/tape.capnp.h"
#include "dump/tape_format.h"
#include "dump/tape_scan.h"

namespace looptape::dump::test {
namespace {

void decode(std::span<const std::uint64_t> message, TapeIndex& index) {
  capnp::FlatArrayMessageReader reader(
      kj::arrayPtr(reinterpret_cast<const capnp::word*>(message.data()), message.size()));
  const auto from = reader.getRoot<schema::Message>().getIndex();
  index.complete = from.getComplete();
  index.entries.clear();
  for (const auto entry : from.getEntries())
    index.entries.push_back({entry.getOffset(), entry.getBytes(), static_cast<std::uint16_t>(entry.getKind()),
                             entry.getStream(), entry.getRows(), entry.getFirstTick(), entry.getLastTick()});
}

}  // namespace

bool read_tape_index(ByteSource& source, TapeIndex& index) {
  // The index is the last message: the magic whose message ends where the file does.  A file made to hurt
  // can pretend many of those, each of which costs a checksum.
  constexpr unsigned kMaxTries = 8;
  unsigned tries = 0;
  const std::uint64_t size = source.size();
  if (size % tape::kWord != 0) return false;
  std::vector<std::uint64_t> words;
  for (std::size_t bytes = 65536;; bytes = std::min(bytes * 16, tape::kMaxMessageBytes)) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, size));
    words.resize(take / tape::kWord);
    std::size_t got = 0;
    if (source.read_at(size - take, std::as_writable_bytes(std::span(words)), got)) return false;
    if (got != take) return false;
    for (std::size_t at = words.size(); at >= tape::kFrameBytes / tape::kWord; --at) {
      const std::size_t first = words.size() - at;
      tape::Frame frame;
      if (!tape::read_frame(&words[first], frame) || frame.bytes != at * tape::kWord) continue;
      if (frame.kind != tape::Kind::kIndex || frame.major != tape::kMajor) continue;
      if (++tries > kMaxTries) return false;
      MemorySource message(std::as_bytes(std::span(words).subspan(first)));
      tape::MessageScanner scanner(message, nullptr);
      tape::MessageScanner::Message found;
      if (!scanner.next(found) || found.frame.bytes != frame.bytes) continue;
      decode(found.words, index);
      return true;
    }
    if (take == size || bytes == tape::kMaxMessageBytes) return false;
  }
}

}  // namespace looptape::dump::test
