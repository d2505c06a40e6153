// The memory policy of the model check.  Included by core/memory.h inside namespace looptape::core in place of the
// production policy (LOOPTAPE_MEMORY_POLICY_HEADER), so that every template and every .cpp of core that is
// compiled into the model check runs over it.  Tests only; checker.cpp defines the five functions that are only
// declared here.

struct Checked {
  struct Word {
    std::uint64_t value = 0;  // what was stored last

    // Accesses without a label of their own: counters, settings.
    inline std::uint64_t load(std::memory_order order) const noexcept;
    inline void store(std::uint64_t desired, std::memory_order order) noexcept;
    inline std::uint64_t fetch_add(std::uint64_t amount, std::memory_order order) noexcept;
    inline bool compare_exchange_weak(std::uint64_t& expected, std::uint64_t desired, std::memory_order order) noexcept;
  };

  static std::uint64_t load(Access label, const Word& word, std::memory_order order) noexcept;
  static void store(Access label, Word& word, std::uint64_t value, std::memory_order order) noexcept;
  static void fence(Access label, std::memory_order order) noexcept;
  static bool recheck(Access label, bool unchanged) noexcept;

  template <Access A>
  static std::uint64_t load(const Word& word, std::memory_order order) noexcept {
    return load(A, word, order);
  }
  template <Access A>
  static void store(Word& word, std::uint64_t value, std::memory_order order) noexcept {
    store(A, word, value, order);
  }
  template <Access A>
  static void fence(std::memory_order order) noexcept {
    fence(A, order);
  }
  template <Access A>
  static bool recheck(bool unchanged) noexcept {
    return recheck(A, unchanged);
  }
  static void point(Point point) noexcept;
  template <Point P>
  static void point() noexcept {
    point(P);
  }
};

std::uint64_t Checked::Word::load(std::memory_order order) const noexcept {
  return Checked::load(Access::kPlain, *this, order);
}
void Checked::Word::store(std::uint64_t desired, std::memory_order order) noexcept {
  Checked::store(Access::kPlain, *this, desired, order);
}
// Writers run one after the other, so read-modify-write is a load and a store.  Weaker than the real one (the store
// heads no release sequence), never stronger.
std::uint64_t Checked::Word::fetch_add(std::uint64_t amount, std::memory_order order) noexcept {
  const std::uint64_t before = load(order);
  store(before + amount, order);
  return before;
}
bool Checked::Word::compare_exchange_weak(std::uint64_t& expected, std::uint64_t desired,
                                          std::memory_order order) noexcept {
  const std::uint64_t before = load(order);
  if (before != expected) {
    expected = before;
    return false;
  }
  store(desired, order);
  return true;
}
static_assert(sizeof(Checked::Word) == sizeof(StdMemory::Word), "a checked word takes the place of a shared one");

using Memory = Checked;
