// Checks a header against its file: see region_geometry.h.
#include "dump/region_geometry.h"

#include <algorithm>

#include "dump/region_copy.h"

namespace looptape::dump {
namespace {

namespace header = core::header;

constexpr std::uint64_t kMostNames = 65'536;
constexpr std::uint64_t kMostSlots = 65'535;
constexpr std::uint64_t kMostFlights = 65'536;
constexpr std::uint64_t kMostChunks = 65'536;  // fixed-size lock-free queues hold no more
constexpr std::uint64_t kMostChunkBytes = std::uint64_t{1} << 30;

bool fits(const Extent& extent, std::uint64_t least_bytes, std::uint64_t most_bytes, std::uint64_t most_count,
          std::uint64_t region_bytes) {
  // Counts and sizes are small before they are multiplied, so nothing overflows.
  return extent.count >= 1 && extent.count <= most_count && extent.bytes >= least_bytes && extent.bytes <= most_bytes &&
         extent.bytes % core::kWordBytes == 0 && extent.offset % core::kWordBytes == 0 &&
         extent.offset >= core::kPageBytes && extent.offset <= region_bytes &&
         extent.total() <= region_bytes - extent.offset;
}

// Leaves the entries that are wholly in the file, and a last one of which `least` bytes are.
void cut(Extent& extent, std::uint64_t file_bytes, std::uint64_t least) {
  const std::uint64_t there = file_bytes - std::min(file_bytes, extent.offset);
  extent.count = std::min(extent.count, there / extent.bytes + (there % extent.bytes >= least ? 1 : 0));
}

RegionError damaged(const char* what) { return {RegionFault::kDamaged, what}; }

}  // namespace

RegionError check_header(const HeaderWords& words, std::uint64_t file_bytes, Geometry* geometry) {
  if (words[header::kMagic] != core::kRegionMagic) {
    if (words[header::kMagic] == 0 && words[header::kState] == 0)
      return {RegionFault::kNotReady, "no recording has begun in it"};
    if (words[header::kMagic] == __builtin_bswap64(core::kRegionMagic))
      return {RegionFault::kOtherLayout, "a region of the other byte order"};
    return {RegionFault::kNotARegion, "not a Looptape region"};
  }
  if (words[header::kEndian] != core::kEndianMark)
    return {RegionFault::kOtherLayout, "a region of the other byte order"};
  const std::uint64_t major = words[header::kVersion] >> 32, minor = words[header::kVersion] & 0xffffffff;
  if (major != core::kLayoutMajor)
    return {RegionFault::kOtherLayout, "a region of layout " + std::to_string(major) + "." + std::to_string(minor) +
                                           "; this program reads layout " + std::to_string(core::kLayoutMajor) +
                                           (major > core::kLayoutMajor ? ": take a newer looptape" : "")};
  if (words[header::kState] == static_cast<std::uint64_t>(core::RegionState::kInitialising))
    return {RegionFault::kNotReady, "no recording has begun in it"};
  if (words[header::kState] == static_cast<std::uint64_t>(core::RegionState::kUnrecorded))
    return {RegionFault::kUnrecorded, text_of(&words[header::kNotice], core::kNoticeBytes, true)};
  const std::uint64_t bytes = words[header::kRegionBytes];
  Geometry found;
  found.names = {words[header::kNamesOffset], words[header::kNamesCapacity],
                 core::name_entry::kWords * core::kWordBytes};
  found.slots = {words[header::kSlotsOffset], words[header::kSlotsCount], words[header::kSlotBytes]};
  found.flights = {words[header::kFlightOffset], words[header::kFlightCount], words[header::kFlightBytes]};
  found.chunks = {words[header::kPools], words[header::kPools + 1], words[header::kPools + 2]};
  constexpr std::uint64_t kSlotLeast = core::slot::kWords * core::kWordBytes;
  constexpr std::uint64_t kFlightLeast = core::flight::kWords * core::kWordBytes;
  if (!fits(found.names, found.names.bytes, found.names.bytes, kMostNames, bytes))
    return damaged("its table of names does not fit into it");
  if (!fits(found.slots, kSlotLeast, 16 * kSlotLeast, kMostSlots, bytes))
    return damaged("its thread slots do not fit into it");
  if (!fits(found.flights, kFlightLeast, 16 * kFlightLeast, kMostFlights, bytes))
    return damaged("its table of requests does not fit into it");
  if (!fits(found.chunks, core::keyframe_bytes(0), kMostChunkBytes, kMostChunks, bytes))
    return damaged("its chunks do not fit into it");
  if (bytes > file_bytes) {
    found.cut_at = file_bytes;
    for (Extent* table : {&found.names, &found.slots, &found.flights}) cut(*table, file_bytes, table->bytes);
    cut(found.chunks, file_bytes, core::keyframe_bytes(0));
  }
  *geometry = found;
  return {};
}

}  // namespace looptape::dump
