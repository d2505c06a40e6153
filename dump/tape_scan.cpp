// Frames, checksums and the search for the next magic; see the header.
#include "dump/tape_scan.h"

#include <algorithm>
#include <cstring>

#include "dump/crc32c.h"

namespace looptape::dump::tape {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;  // what is read ahead

// A file made to hurt can pretend a message at every word, each to be checksummed over 8 MiB.  Honest
// damage costs at most the size of the damaged messages, plus one message for each broken size.
constexpr std::uint64_t kFalseStarts = 4;                            // times the file's size
constexpr std::uint64_t kFalseStartBytes = std::uint64_t{64} << 20;  // and this much

std::uint32_t checksum(std::span<const std::uint64_t> words) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(words.data());
  const std::uint32_t zero = 0;
  std::uint32_t crc = crc32c(0, bytes, kCrcAt);
  crc = crc32c(crc, &zero, sizeof zero);
  return crc32c(crc, bytes + kCrcAt + sizeof zero, words.size_bytes() - kCrcAt - sizeof zero);
}

std::string count_missing(std::uint32_t first, std::uint32_t last) {
  if (first == last) return "message " + std::to_string(first);
  return "messages " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

const std::uint64_t* MessageScanner::fetch(std::uint64_t offset, std::size_t bytes) {
  if (error_) return nullptr;
  if (offset < buffer_offset_ || offset > buffer_offset_ + buffer_bytes_) {
    buffer_offset_ = offset;
    buffer_bytes_ = 0;
  }
  std::size_t skip = static_cast<std::size_t>(offset - buffer_offset_);
  if (buffer_bytes_ - skip < bytes) {
    auto* memory = reinterpret_cast<std::byte*>(buffer_.data());
    if (skip != 0) std::memmove(memory, memory + skip, buffer_bytes_ - skip);
    buffer_offset_ = offset;
    buffer_bytes_ -= skip;
    skip = 0;
    const std::size_t wanted = std::max(bytes, kReadBytes);
    if (buffer_.size() * kWord < wanted) buffer_.resize((wanted + kWord - 1) / kWord);
    memory = reinterpret_cast<std::byte*>(buffer_.data());
    std::size_t got = 0;
    error_ = source_.read_at(offset + buffer_bytes_, {memory + buffer_bytes_, wanted - buffer_bytes_}, got);
    buffer_bytes_ += got;
    if (error_ || buffer_bytes_ < bytes) return nullptr;
  }
  return buffer_.data() + skip / kWord;
}

std::string MessageScanner::examine(std::uint64_t offset, Message& message) {
  const std::uint64_t left = source_.size() - offset;
  if (left < kFrameBytes) return "cut off";
  const std::uint64_t* words = fetch(offset, kFrameBytes);
  if (words == nullptr) return error_ ? error_.what : "cut off";
  if (!read_frame(words, message.frame)) return "not a message";
  const std::uint64_t bytes = message.frame.bytes;
  if (bytes > left) return "cut off: " + std::to_string(left) + " of " + std::to_string(bytes) + " bytes";
  words = fetch(offset, bytes);
  if (words == nullptr) return error_ ? error_.what : "cut off";
  message.words = {words, static_cast<std::size_t>(bytes / kWord)};
  message.offset = offset;
  if (checksum(message.words) != message.frame.crc) {
    false_bytes_ += bytes;
    return "the checksum does not match";
  }
  if (begun_ && message.frame.tape != tape_) return "a message of another tape";
  if (begun_ && message.frame.number <= number_) return "a message out of its order";
  return {};
}

std::uint64_t MessageScanner::find_magic(std::uint64_t from) {
  const std::uint64_t end = source_.size() / kWord * kWord;
  constexpr std::size_t kBefore = kMagicAt;  // words of a message before its magic
  while (from + (kBefore + 1) * kWord <= end) {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end - from));
    const std::uint64_t* words = fetch(from, bytes);
    if (words == nullptr) break;
    const std::size_t count = bytes / kWord;
    for (std::size_t i = kBefore; i < count; ++i)
      if (words[i] == kMagic) return from + (i - kBefore) * kWord;
    from += (count - kBefore) * kWord;
  }
  return source_.size();
}

void MessageScanner::report(std::uint64_t offset, std::uint64_t bytes, const std::string& what) {
  flush();
  ++damages_;
  damaged_bytes_ += bytes;
  held_ = {offset, bytes, what};
}

void MessageScanner::missing(std::uint64_t from, const std::string& what) {
  if (held_ && held_->offset >= from) {
    held_->what += "; " + what;
  } else {
    report(position_, 0, what);
  }
}

void MessageScanner::flush() {
  if (held_ && sink_ != nullptr) sink_->damage(*held_);
  held_.reset();
}

void MessageScanner::reject(const Message& message, const std::string& what) {
  report(message.offset, message.frame.bytes, what);
}

bool MessageScanner::next(Message& message) {
  const std::uint64_t start = position_;
  std::string reason;
  while (position_ < source_.size()) {
    const std::string here = examine(position_, message);
    if (here.empty()) {
      const std::uint32_t expected = begun_ ? number_ + 1 : 0;
      if (message.frame.number != expected) {
        const std::string missing = count_missing(expected, message.frame.number - 1);
        report(start, position_ - start, reason.empty() ? missing + " missing" : missing + ": " + reason);
      } else if (!reason.empty()) {
        report(start, position_ - start, reason);
      }
      begun_ = true;
      tape_ = message.frame.tape;
      number_ = message.frame.number;
      position_ += message.frame.bytes;
      return true;
    }
    if (reason.empty()) reason = here;
    if (false_bytes_ > kFalseStarts * source_.size() + kFalseStartBytes) {
      reason += "; too many false messages to look any further";
      position_ = source_.size();
    } else {
      position_ = find_magic(position_ + kWord);
    }
    if (error_) reason = error_.what;
  }
  if (!reason.empty()) report(start, source_.size() - start, reason);
  position_ = source_.size();
  return false;
}

}  // namespace looptape::dump::tape
