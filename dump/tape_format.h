// The frame of a tape's messages: the constants that writer and reader share.
//
// Constants and pure functions; callable from anywhere.  What is inside a message is said by
// dump/schema/tape.capnp, in prose by dump/FORMAT.md.  The frame is read before Cap'n Proto sees a byte.
#pragma once

#include <cstddef>
#include <cstdint>

#include "looptape/core/layout.h"

namespace looptape::dump::tape {

inline constexpr std::uint64_t kMagic = 0x1a0a455041544c89ULL;  // the bytes 89 "LTAPE" 0a 1a
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 0;

inline constexpr std::size_t kWord = 8;
inline constexpr std::size_t kMaxMessageBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxRows = 65536;  // of one message: an index column of 16 bits suffices

// Greatest values of the columns; a row beyond them is never written and never believed.
inline constexpr unsigned kMaxStageDepth = core::kMaxDepth;  // of a detached stage, begun with all depths taken
inline constexpr unsigned kMaxStageFlags = 15;               // four bits in the record
inline constexpr unsigned kMaxStatus = static_cast<unsigned>(core::Status::exception);
inline constexpr unsigned kMaxValueType = static_cast<unsigned>(core::ValueType::kBytes);

// A message by words: framing (segments - 1, words of the segment), pointer to the root struct, then the
// root's data section.  These places hold in every major version, but for the kind.
inline constexpr std::size_t kMagicAt = 2;      // word
inline constexpr std::size_t kTapeAt = 3;       // word
inline constexpr std::size_t kCrcAt = 32;       // byte; crc in the low half of word 4, number in the high
inline constexpr std::size_t kVersionAt = 5;    // word: major in bits 0..15, minor in 16..31, kind in 32..47
inline constexpr std::size_t kFrameBytes = 48;  // of the least message that can carry all of them

// Which member of the root's union a message has; others may come with newer minor versions.
enum class Kind : std::uint16_t { kOpening = 0, kBlock = 1, kClosing = 2, kIndex = 3 };

// The first words of a message, taken apart.
struct Frame {
  std::uint64_t bytes = 0;  // of the whole message
  std::uint64_t tape = 0;
  std::uint32_t crc = 0, number = 0;
  std::uint16_t major = 0, minor = 0;
  Kind kind = Kind::kOpening;
};

// Reads the frame from its six words; false when they cannot begin a message of any tape.
constexpr bool read_frame(const std::uint64_t* words, Frame& frame) {
  const std::uint64_t segment_words = words[0] >> 32;
  if ((words[0] & 0xffffffff) != 0 || words[kMagicAt] != kMagic) return false;
  // The root is a struct that follows its pointer at once; its data section holds the frame's fields.
  const std::uint64_t root_data = (words[1] >> 32) & 0xffff, root_pointers = words[1] >> 48;
  if ((words[1] & 0xffffffff) != 0 || root_data < 4) return false;
  if (segment_words < 1 + root_data + root_pointers) return false;
  if ((segment_words + 1) * kWord > kMaxMessageBytes) return false;
  frame.bytes = (segment_words + 1) * kWord;
  frame.tape = words[kTapeAt];
  frame.crc = static_cast<std::uint32_t>(words[kCrcAt / kWord]);
  frame.number = static_cast<std::uint32_t>(words[kCrcAt / kWord] >> 32);
  frame.major = static_cast<std::uint16_t>(words[kVersionAt]);
  frame.minor = static_cast<std::uint16_t>(words[kVersionAt] >> 16);
  frame.kind = static_cast<Kind>(words[kVersionAt] >> 32 & 0xffff);
  return true;
}

}  // namespace looptape::dump::tape
