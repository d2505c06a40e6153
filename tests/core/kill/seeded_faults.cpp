// How KillingMemory breaks the rules on purpose: see killing_memory.h.
#include <array>
#include <utility>

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {
namespace {

// Stores that were put off, by thread.
struct Backlog {
  std::array<std::pair<Word*, std::uint64_t>, 256> stores;
  std::size_t count = 0;
  bool head_is_next = true;           // the next word of a record is its first
  std::array<Word*, kMaxDepth> open;  // entries of the stack that are in use
  std::size_t depth = 0;

  bool add(Word& word, std::uint64_t value) {
    stores.at(count++) = {&word, value};
    return true;
  }
  void flush() {
    for (std::size_t i = 0; i < count; ++i) stores[i].first->store(stores[i].second, std::memory_order_release);
    count = 0;
  }
};
thread_local Backlog t_backlog;

// Chunks are page-aligned, and their keyframes lie in their first page.
std::size_t index_in_page(const Word& word) {
  return reinterpret_cast<std::uintptr_t>(&word) % kPageBytes / kWordBytes;
}

void pop_early(Access access, Word& word, std::uint64_t value, Backlog& mine) {
  if (access == Access::kPushStart) mine.open.at(mine.depth++) = &word;
  if (access == Access::kPopStart && mine.depth > 0) --mine.depth;
  if (access == Access::kRecord && mine.head_is_next && head_type(value) == RecordType::kStage && mine.depth > 0)
    mine.open[mine.depth - 1]->store(0, std::memory_order_release);
  if (access == Access::kRecord) mine.head_is_next = false;
  if (access == Access::kCommit) mine.head_is_next = true;
}

}  // namespace

bool KillingMemory::put_off(Access access, Word& word, std::uint64_t* value) noexcept {
  Backlog& mine = t_backlog;
  switch (fault) {
    case SeededFault::kCommitBeforeWords:
      return access == Access::kRecord && mine.add(word, *value);
    case SeededFault::kCommitLate:
      if (access == Access::kRecord || access == Access::kCloseTick) mine.flush();
      return access == Access::kCommit && mine.add(word, *value);
    case SeededFault::kPopBeforeCommit:
      pop_early(access, word, *value, mine);
      return false;
    case SeededFault::kNoOddMark:
      return access == Access::kRecycleOdd;
    case SeededFault::kEvenBeforeKeyframe:
      return access == Access::kKeyframe && mine.add(word, *value);
    case SeededFault::kOverwrittenUncounted:
      if (access == Access::kCloseTick && index_in_page(word) == chunk::kClosedRecords) --*value;
      return false;
    case SeededFault::kKeyframeBehind:
      if (access == Access::kKeyframe && index_in_page(word) == chunk::kRecords && *value > 0) --*value;
      return false;
    case SeededFault::kMetaAfterStart:
      return access == Access::kPushMeta && mine.add(word, *value);
    case SeededFault::kFlightBeforeWords:
      return access == Access::kFlightWord && mine.add(word, *value);
    case SeededFault::kNone:
      break;
  }
  return false;
}

void KillingMemory::catch_up(Point point) noexcept {
  const bool now = (fault == SeededFault::kCommitBeforeWords && point == Point::kRecordCommitted) ||
                   (fault == SeededFault::kEvenBeforeKeyframe && point == Point::kChunkEven) ||
                   (fault == SeededFault::kMetaAfterStart && point == Point::kStagePushed) ||
                   (fault == SeededFault::kFlightBeforeWords && point == Point::kFlightPublished);
  if (now) t_backlog.flush();
}

}  // namespace looptape::core
