// Copies a region through its file, in the order that region_copy.h demands: see region_reader.h.
#include "dump/region_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/clock.h"
#include "core/process_identity.h"
#include "dump/region_process.h"

namespace looptape::dump {
namespace {

namespace chunk = core::chunk;
namespace header = core::header;
namespace slot = core::slot;
namespace flight = core::flight;
namespace name_entry = core::name_entry;

constexpr int kAttempts = 4;  // at a chunk that is recycled under the reader's hands

RegionError from_errno(RegionFault fault, int error) { return {fault, std::strerror(error)}; }

// Its clocks are this machine's, now: ticks of the copy can be related to them.
bool same_clocks(const HeaderWords& words) {
  const std::array<std::uint64_t, 2> boot = core::boot_id();
  return boot != std::array<std::uint64_t, 2>{} && boot[0] == words[header::kBootId] &&
         boot[1] == words[header::kBootId + 1];
}

bool uses_counter(const HeaderWords& words) {
  return words[header::kClockKind] != static_cast<std::uint64_t>(core::ClockKind::kMonotonic);
}

}  // namespace

RegionReader::~RegionReader() {
  if (fd_ >= 0) ::close(fd_);
}

RegionReader::RegionReader(RegionReader&& other) noexcept { *this = std::move(other); }

RegionReader& RegionReader::operator=(RegionReader&& other) noexcept {
  std::swap(fd_, other.fd_);
  file_bytes_ = other.file_bytes_;
  header_ = other.header_;
  geometry_ = other.geometry_;
  return *this;
}

RegionError RegionReader::open(const std::string& path) {
  // O_NONBLOCK: a FIFO in the place of a region must not hang us.
  const int links = path.starts_with("/proc/") ? 0 : O_NOFOLLOW;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | links);
  if (fd < 0) return from_errno(RegionFault::kCannotOpen, errno);
  return adopt(fd);
}

RegionError RegionReader::adopt(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  return check();
}

RegionError RegionReader::check() {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return from_errno(RegionFault::kCannotRead, errno);
  if (!S_ISREG(status.st_mode)) return {RegionFault::kCannotOpen, "not a regular file"};
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  if (file_bytes_ < core::kPageBytes) {
    std::uint64_t magic = 0;
    if (!get(0, &magic, sizeof magic) || magic != core::kRegionMagic)
      return {RegionFault::kNotARegion, "not a Looptape region"};
    return {RegionFault::kDamaged, "the region is cut short within its header: nothing of it can be read"};
  }
  if (!get(0, header_.data(), sizeof header_) || !get_anchor()) return from_errno(RegionFault::kCannotRead, errno);
  return check_header(header_, file_bytes_, &geometry_);
}

// core's read_anchor (rows P13 and P14), each look a call of its own.  One that is written all the time stays marked as
// torn, and the first anchor counts.
bool RegionReader::get_anchor() {
  const auto look = [this](std::size_t word) { return get(word * core::kWordBytes, &header_[word], core::kWordBytes); };
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!look(header::kAnchorSequence)) return false;
    const std::uint64_t sequence = header_[header::kAnchorSequence];
    for (const std::size_t word : {header::kLastAnchorTick, header::kLastAnchorMonotonic, header::kLastAnchorWall})
      if (!look(word)) return false;
    if (!look(header::kAnchorSequence)) return false;
    if (sequence % 2 == 0 && header_[header::kAnchorSequence] == sequence) return true;
  }
  header_[header::kAnchorSequence] |= 1;
  return true;
}

// All of it or nothing; errno says why not (a file that ends early: ENODATA).
bool RegionReader::get(std::uint64_t offset, void* to, std::size_t bytes) const {
  auto* at = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t got = ::pread(fd_, at, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = ENODATA;
    if (got <= 0) return false;
    at += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool RegionReader::read_table(const Extent& extent, std::vector<std::uint64_t>* words) const {
  words->resize(extent.total() / core::kWordBytes);
  return get(extent.offset, words->data(), extent.total());
}

RegionError RegionReader::read(RegionCopy* copy) {
  if (RegionError error = check()) return error;  // it may have been closed or cut since
  copy->header = header_;
  copy->alive = recorder_lives(fd_, header_);
  copy->missing_from = geometry_.cut_at;
  // Untouched pages cost nothing, so there is room for every chunk twice.
  if (!copy->chunks.reserve(2 * geometry_.chunks.count, geometry_.chunks.bytes))
    return {RegionFault::kNoMemory, "no memory for a copy of it"};
  std::vector<Seen> seen(geometry_.chunks.count);
  errno = 0;
  if (!read_chunks(copy, &seen)) return from_errno(RegionFault::kCannotRead, errno);
  copy->fresh = {};
  if (same_clocks(header_)) {
    const core::ClockReading now = core::read_clocks(uses_counter(header_));
    copy->fresh = {now.tick, now.monotonic_ns, now.wall_ns};
  }
  copy->snapshot_tick = copy->alive ? copy->fresh.tick : 0;
  const bool whole = read_slots(copy) && read_flights(copy) && read_changed(copy, &seen) && read_names(copy) &&
                     read_header_again(copy);
  if (!whole) return from_errno(RegionFault::kCannotRead, errno);
  note_gone(copy, seen);
  return {};
}

// Copies a chunk unless it is as it was when `*seen` was noted.  False: the file could not be read.
bool RegionReader::read_chunk(std::uint64_t index, RegionCopy* copy, Seen* seen) const {
  seen->current = false;
  const std::uint64_t offset = geometry_.chunks.at(index), capacity = geometry_.chunks.bytes;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    struct {
      std::uint64_t generation = 0, committed = 0;
    } now;
    if (!get(offset, &now, sizeof now)) return false;
    if (now.generation == 0) return true;
    if (now.generation == seen->generation && now.committed == seen->committed) {
      seen->current = true;
      return true;
    }
    if (now.generation % 2 != 0) continue;  // its next life begins only now
    const bool plausible =
        now.committed >= core::keyframe_bytes(0) && now.committed <= capacity && now.committed % core::kWordBytes == 0;
    // Of the last chunk of a region that is cut short: what is there.
    const std::uint64_t there = (file_bytes_ - offset) / core::kWordBytes * core::kWordBytes;
    const std::size_t bytes = plausible ? std::min(now.committed, there) : 0;
    const std::span<std::uint64_t> room = copy->chunks.begin(bytes);
    if (room.size_bytes() < bytes) {
      errno = ENOBUFS;
      return false;
    }
    std::uint64_t again = 0;
    if (!get(offset, room.data(), bytes) || !get(offset, &again, sizeof again)) return false;
    if (again == now.generation) {
      if (plausible) {
        room[chunk::kGeneration] = now.generation;
        room[chunk::kCommitted] = now.committed;
      }
      const bool named = plausible && bytes > chunk::kSequence * core::kWordBytes;
      const std::uint64_t stream = named ? room[chunk::kStream] : 0, sequence = named ? room[chunk::kSequence] : 0;
      *seen = {now.generation, now.committed, copy->chunks.keep(offset, bytes, seen->copy), stream, sequence, true};
      return true;
    }
    if (plausible)  // possibly torn: good enough to name what is missing, never to count it
      copy->chunks.recycled({static_cast<std::uint16_t>(room[chunk::kStream]), room[chunk::kSequence]});
  }
  return true;
}

bool RegionReader::read_chunks(RegionCopy* copy, std::vector<Seen>* seen) const {
  for (std::uint64_t index = 0; index < geometry_.chunks.count; ++index)
    if (!read_chunk(index, copy, &(*seen)[index])) return false;
  return true;
}

// Open chunks last: they are the newest, and nobody recycles them meanwhile.
bool RegionReader::read_changed(RegionCopy* copy, std::vector<Seen>* seen) const {
  std::vector<bool> open(geometry_.chunks.count);
  for (const SlotCopy& one : copy->slots)
    if (one.chunk >= 1 && one.chunk <= open.size()) open[one.chunk - 1] = true;
  for (const bool wanted : {false, true})
    for (std::uint64_t index = 0; index < geometry_.chunks.count; ++index)
      if (open[index] == wanted && !read_chunk(index, copy, &(*seen)[index])) return false;
  return true;
}

void RegionReader::note_gone(RegionCopy* copy, const std::vector<Seen>& seen) {
  std::vector<SlotCopy*> slots;  // by stream
  for (SlotCopy& one : copy->slots) {
    one.newest_gone = true;
    slots.resize(std::size_t{one.stream} + 1);
    slots.back() = &one;
  }
  for (const Seen& one : seen)
    if (one.current && one.stream < slots.size() && slots[one.stream] != nullptr &&
        slots[one.stream]->sequence == one.sequence)
      slots[one.stream]->newest_gone = false;
}

// Starts, then metas, then starts again, each in a call of its own: an entry whose start stayed is whole.
bool RegionReader::read_slots(RegionCopy* copy) const {
  std::vector<std::uint64_t> before, between, after;
  if (!read_table(geometry_.slots, &before) || !read_table(geometry_.slots, &between) ||
      !read_table(geometry_.slots, &after))
    return false;
  copy->slots.clear();
  const std::size_t stride = geometry_.slots.bytes / core::kWordBytes;
  for (std::size_t index = 0; index < geometry_.slots.count; ++index) {
    const std::uint64_t* const w = &after[index * stride];
    if (w[slot::kState] == 0 && w[slot::kOrdinal] == 0 && w[slot::kSequence] == 0) continue;  // never leased
    SlotCopy one;
    one.stream = static_cast<std::uint16_t>(index);
    one.state = static_cast<core::SlotState>(w[slot::kState]);
    one.tid = w[slot::kTid];
    one.ordinal = w[slot::kOrdinal];
    one.name = {w[slot::kName], w[slot::kName + 1]};
    one.name_flags = w[slot::kNameFlags];
    one.chunk = w[slot::kChunk];
    one.sequence = w[slot::kSequence];
    one.abandoned = w[slot::kAbandoned];
    one.lost_records = w[slot::kLostRecords];
    one.lost_bytes = w[slot::kLostBytes];
    one.shortfalls = w[slot::kShortfalls];
    one.dropped = w[slot::kDropped];
    one.took = w[slot::kTook];
    one.closed_records = w[slot::kClosedRecords];
    one.closed_bytes = w[slot::kClosedBytes];
    for (std::size_t depth = 0; depth < core::kMaxDepth; ++depth) {
      const std::size_t entry = index * stride + slot::kOpen + 2 * depth;
      if (before[entry] == 0 || before[entry] != after[entry]) continue;
      one.open.resize(depth + 1);
      one.open[depth] = {before[entry], between[entry + 1]};
    }
    copy->slots.push_back(std::move(one));
  }
  return true;
}

bool RegionReader::read_flights(RegionCopy* copy) const {
  std::vector<std::uint64_t> before, between, after;
  if (!read_table(geometry_.flights, &before) || !read_table(geometry_.flights, &between) ||
      !read_table(geometry_.flights, &after))
    return false;
  copy->flights.clear();
  const std::size_t stride = geometry_.flights.bytes / core::kWordBytes;
  for (std::size_t index = 0; index < geometry_.flights.count; ++index) {
    const std::size_t at = index * stride;
    const std::uint64_t number = before[at + flight::kNumber];
    if (number == 0 || number > core::kMaxRequest || after[at + flight::kNumber] != number) continue;
    FlightCopy& one = copy->flights.emplace_back();
    std::copy_n(&between[at], flight::kWords, one.words.begin());
    one.words[flight::kNumber] = number;
  }
  return true;
}

// Heads in one call, texts in a later one: a head that is published has its text.
bool RegionReader::read_names(RegionCopy* copy) const {
  std::uint64_t count = 0;
  if (!get(header::kNamesCount * core::kWordBytes, &count, sizeof count)) return false;
  Extent used = geometry_.names;
  used.count = std::min(count, used.count);
  std::vector<std::uint64_t> heads, texts;
  if (!read_table(used, &heads) || !read_table(used, &texts)) return false;
  copy->names.assign(used.count, {});
  for (std::size_t index = 0; index < used.count; ++index) {
    const std::uint64_t head = heads[index * name_entry::kWords + name_entry::kHead];
    if ((head & 1) == 0) continue;  // claimed, not published
    Name& name = copy->names[index];
    const std::size_t length = std::min(core::name_length(head), core::kMaxNameBytes);
    name.text = text_of(&texts[index * name_entry::kWords + name_entry::kText], length, false);
    name.kind = core::name_kind(head);
    name.flags = static_cast<std::uint8_t>(core::name_flags(head));
  }
  return true;
}

// Counters as they stand at the end; identity, geometry and clocks as they were checked.
bool RegionReader::read_header_again(RegionCopy* copy) const {
  HeaderWords now{};
  if (!get(0, now.data(), sizeof now)) return false;
  std::copy(now.begin() + header::kLosses, now.begin() + header::kService, copy->header.begin() + header::kLosses);
  std::copy(now.begin() + header::kTriggersSeen, now.end(), copy->header.begin() + header::kTriggersSeen);
  return true;
}

}  // namespace looptape::dump
