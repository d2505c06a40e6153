// The memory policy of the model check.  Included by core/memory.h inside namespace looptape::core in place of the
// production policy (LOOPTAPE_MEMORY_POLICY_HEADER), so that every template and every .cpp of core that is
// compiled into the model check runs over it.  Tests only; checker.cpp defines the four functions.

struct Checked {
  struct Word {
    std::uint64_t value = 0;  // what was stored last
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
  template <Point>
  static void point() noexcept {}
};
static_assert(sizeof(Checked::Word) == sizeof(StdMemory::Word), "a checked word takes the place of a shared one");

using Memory = Checked;
