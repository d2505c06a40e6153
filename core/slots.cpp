// Thread slots: see slots.h.
#include "core/slots.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace looptape::core {

bool Slots::thread_is_gone(std::uint64_t tid) noexcept {
  return ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(tid), 0) != 0 && errno == ESRCH;
}

Slots::Slots(Region& region) : region_(region), parked_(region.slot_count() + 1) {
  for (std::size_t i = region.slot_count(); i-- > 0;) parked_.push(static_cast<std::uint32_t>(i));
}

bool Slots::map_writers(std::uint64_t epoch) {
  writers_bytes_ = count() * sizeof(Writer);
  void* const at = ::mmap(nullptr, writers_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return false;
  if (::madvise(at, writers_bytes_, MADV_WIPEONFORK) != 0) {  // Linux 4.14
    ::munmap(at, writers_bytes_);
    return false;
  }
  writers_ = static_cast<Writer*>(at);
  for (std::size_t i = 0; i < count(); ++i) {
    new (&writers_[i]) Writer{};
    writer(i).stream = i;
    writer(i).open = region_.slot(i) + slot::kOpen;
    writer(i).epoch = epoch;
  }
  return true;
}

Writer* Slots::lease(std::uint64_t tid) noexcept {
  std::uint32_t index;
  if (!parked_.pop(index)) return nullptr;
  Word* const words = region_.slot(index);
  const std::uint64_t ordinal = words[slot::kOrdinal].load(std::memory_order_relaxed) + 1;  // ours alone: the stack orders
  words[slot::kTid].store(tid, std::memory_order_relaxed);            // published by kState below
  words[slot::kOrdinal].store(ordinal, std::memory_order_relaxed);    // published by kState below
  words[slot::kName].store(0, std::memory_order_relaxed);             // published by kState below
  words[slot::kName + 1].store(0, std::memory_order_relaxed);         // published by kState below
  words[slot::kState].store(static_cast<std::uint64_t>(SlotState::kLeased),
                            std::memory_order_release);  // P16, pairs with a reader's look at the state
  return &writer(index);
}

void Slots::park(Writer& writer) noexcept {
  Word* const words = region_.slot(writer.stream);
  words[slot::kState].store(static_cast<std::uint64_t>(SlotState::kParked),
                            std::memory_order_release);  // P16, pairs with a reader's look at the state
  parked_.push(static_cast<std::uint32_t>(writer.stream));
}

std::size_t Slots::reclaim(bool (*is_gone)(std::uint64_t tid) noexcept) noexcept {
  std::size_t reclaimed = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    Word& state = region_.slot(i)[slot::kState];
    if (state.load(std::memory_order_acquire) != static_cast<std::uint64_t>(SlotState::kLeased)) continue;  // P16
    const Word& ordinal = region_.slot(i)[slot::kOrdinal];
    const std::uint64_t lease = ordinal.load(std::memory_order_relaxed);                    // after P16
    const std::uint64_t tid = region_.slot(i)[slot::kTid].load(std::memory_order_relaxed);  // after P16
    if (tid == 0 || !is_gone(tid)) continue;
    // The tenant is gone: all it ever did is done.  If it parked the slot on its way out, somebody else may hold it by
    // now, and "leased" would be said of that one: so the second look asks for the same lease as well.
    if (state.load(std::memory_order_acquire) != static_cast<std::uint64_t>(SlotState::kLeased) ||  // P16
        ordinal.load(std::memory_order_relaxed) != lease)                                           // after P16
      continue;
    state.store(static_cast<std::uint64_t>(SlotState::kParked), std::memory_order_release);  // P16; nobody else acts for it
    parked_.push(static_cast<std::uint32_t>(i));
    ++reclaimed;
  }
  return reclaimed;
}

void Slots::stop_all() noexcept {
  for (std::size_t i = 0; i < count(); ++i) {
    writer(i).limit.store(0, std::memory_order_relaxed);      // a hint to hurry: the slow path decides
    writer(i).max_depth.store(0, std::memory_order_relaxed);  // a hint to hurry: the slow path decides
  }
}

}  // namespace looptape::core
