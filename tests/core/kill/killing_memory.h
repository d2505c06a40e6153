// The memory policy of the kill tests: production's, and each named point can be the last thing a thread does.
//
// Included by looptape/core/memory.h inside namespace looptape::core, for programs that link looptape_core_killable.
// Any thread; the n-th passing of the chosen point ends the process (SIGKILL, which no handler and no cleanup sees) or
// holds its thread there for good.  Beside that the policy can seed a fault: it then breaks one rule of the protocols
// on purpose, so that a test can show that it would notice.

// What may be broken on purpose.
enum class SeededFault : unsigned {
  kNone,
  kCommitBeforeWords,     // the length is published before the record's words are written
  kCommitLate,            // the length is published with the next record only
  kPopBeforeCommit,       // a stage leaves the stack before its record is published
  kNoOddMark,             // a chunk is recycled without its generation being odd meanwhile
  kEvenBeforeKeyframe,    // the generation is even again before the keyframe is written
  kOverwrittenUncounted,  // a record less is counted when a chunk is overwritten
  kKeyframeBehind,        // a keyframe counts a record less than were written before it
  kMetaAfterStart,        // a stage is on the stack before it is said whose it is
  kFlightBeforeWords,     // a request is listed before its words are written
};

struct KillingMemory : StdMemory {
  template <Access A, class T>
  static void store(Atomic<T>& word, std::type_identity_t<T> value, std::memory_order order) noexcept {
    if constexpr (std::is_same_v<Atomic<T>, Word>) {  // what lies in a region
      if (fault != SeededFault::kNone && put_off(A, word, &value)) return;
    }
    StdMemory::store<A>(word, value, order);
  }
  template <Point P>
  static void point() noexcept {
    if (static_cast<unsigned>(P) == chosen_point.load(std::memory_order_relaxed) &&
        passings_left.fetch_sub(1, std::memory_order_relaxed) == 1)
      reach();
    if (fault != SeededFault::kNone) catch_up(P);
  }

  // The chosen point is reached: does not come back.
  static void reach() noexcept;
  // Before a store; may change the value.  True: the store is not to be done now, or never.
  static bool put_off(Access access, Word& word, std::uint64_t* value) noexcept;
  // At this point some faults do what they had put off.
  static void catch_up(Point point) noexcept;

  inline static std::atomic<unsigned> chosen_point{static_cast<unsigned>(Point::kCount)};  // kCount: none
  inline static std::atomic<std::int64_t> passings_left{0};
  inline static SeededFault fault = SeededFault::kNone;  // set before there are threads
};
using Memory = KillingMemory;
