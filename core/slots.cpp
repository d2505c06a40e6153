// Thread slots: see slots.h.
#include "core/slots.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "core/context_scope.h"

namespace looptape::core {

bool Slots::thread_is_gone(std::uint64_t tid) noexcept {
  return ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(tid), 0) != 0 && errno == ESRCH;
}

Slots::Slots(Region& region)
    : region_(region),
      parked_(region.slot_count() + 1),
      leases_(std::make_unique<Atomic<std::uint64_t>[]>(region.slot_count())) {
  for (std::size_t i = region.slot_count(); i-- > 0;) parked_.push(static_cast<std::uint32_t>(i));
}

bool Slots::map_writers(std::uint64_t epoch, bool tsc) {
  // The second part comes into being as threads need it.
  writers_bytes_ = count() * (sizeof(Writer) + sizeof(EndedScopes));
  void* const at = ::mmap(nullptr, writers_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return false;
  if (::madvise(at, writers_bytes_, MADV_WIPEONFORK) != 0) {  // Linux 4.14
    ::munmap(at, writers_bytes_);
    return false;
  }
  writers_ = static_cast<Writer*>(at);
  auto* const ended = reinterpret_cast<EndedScopes*>(writers_ + count());
  for (std::size_t i = 0; i < count(); ++i) {
    new (&writers_[i]) Writer{};
    writer(i).stream = i;
    writer(i).open = region_.slot(i) + slot::kOpen;
    writer(i).epoch = epoch;
    writer(i).tsc = tsc ? 1 : 0;
    writer(i).ended = ended + i;
  }
  return true;
}

Writer* Slots::lease(std::uint64_t tid, const ThreadName& name) noexcept {
  std::uint32_t index;
  if (!parked_.pop(index)) return nullptr;
  Word* const words = region_.slot(index);
  const std::uint64_t ordinal =
      words[slot::kOrdinal].load(std::memory_order_relaxed) + 1;           // ours alone: the stack orders
  words[slot::kTid].store(tid, std::memory_order_relaxed);                 // published by kState below
  words[slot::kOrdinal].store(ordinal, std::memory_order_relaxed);         // published by kState below
  words[slot::kName].store(name.words[0], std::memory_order_relaxed);      // published by kState below
  words[slot::kName + 1].store(name.words[1], std::memory_order_relaxed);  // published by kState below
  words[slot::kNameFlags].store(name.flags, std::memory_order_relaxed);    // published by kState below
  Memory::store<Access::kSlotLeased>(words[slot::kState], static_cast<std::uint64_t>(SlotState::kLeased),
                                     std::memory_order_release);  // P16, pairs with kReadSlotState
  Memory::store<Access::kLeaseBegin>(leases_[index], ordinal << 1 | 1,
                                     std::memory_order_release);  // P20, pairs with kReclaimLook
  return &writer(index);
}

bool Slots::end_lease(std::size_t index, std::uint64_t lease) noexcept {
  // One of those who saw this lease ends it; what its tenant wrote reaches the next one through the stack.
  return leases_[index].compare_exchange_strong(lease, lease - 1, std::memory_order_relaxed);
}

void Slots::park(Writer& writer) noexcept {
  Word* const words = region_.slot(writer.stream);
  const std::uint64_t ordinal = words[slot::kOrdinal].load(std::memory_order_relaxed);  // own
  if (!end_lease(writer.stream, ordinal << 1 | 1)) return;
  Memory::store<Access::kSlotParked>(words[slot::kState], static_cast<std::uint64_t>(SlotState::kParked),
                                     std::memory_order_release);  // P16, pairs with kReadSlotState
  parked_.push(static_cast<std::uint32_t>(writer.stream));
}

std::size_t Slots::reclaim(bool (*is_gone)(std::uint64_t tid) noexcept) noexcept {
  std::size_t reclaimed = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    Word* const words = region_.slot(i);
    const std::uint64_t lease =
        Memory::load<Access::kReclaimLook>(leases_[i], std::memory_order_acquire);  // P20, pairs with kLeaseBegin
    if ((lease & 1) == 0) continue;
    const std::uint64_t tid =
        words[slot::kTid].load(std::memory_order_relaxed);  // of the lease seen or a later one: P20
    if (tid == 0 || !is_gone(tid)) continue;
    // Nobody else can act for a thread that is gone; its own exit hook has not run or this would be parked.
    if (!end_lease(i, lease)) continue;
    Memory::store<Access::kSlotReclaimed>(words[slot::kState], static_cast<std::uint64_t>(SlotState::kParked),
                                          std::memory_order_release);  // P16, pairs with kReadSlotState
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
