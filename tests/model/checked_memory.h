// The memory policy of the model check.  Included by core/memory.h inside namespace looptape::core in place of the
// production policy (LOOPTAPE_MEMORY_POLICY_HEADER), so that every template and every .cpp of core that is
// compiled into the model check runs over it.  Tests only; checker.cpp hands every access to the exploration under way.

struct Checked {
  // What a location stored last, whatever its type.
  struct Cell {
    std::uint64_t value = 0;
  };
  static std::uint64_t load(Access label, const Cell& cell, std::memory_order order) noexcept;
  static void store(Access label, Cell& cell, std::uint64_t value, std::memory_order order) noexcept;
  // A read-modify-write: `change` makes the new value of the old one.  Returns the old one.
  template <class Change>
  static std::uint64_t modify(Access label, Cell& cell, std::memory_order order, Change change) noexcept {
    const std::uint64_t before = read_newest(label, cell, order);
    write_next(label, cell, change(before), order);
    return before;
  }
  static std::uint64_t read_newest(Access label, const Cell& cell, std::memory_order order) noexcept;
  static void write_next(Access label, Cell& cell, std::uint64_t value, std::memory_order order) noexcept;
  // Strong.  One that fails is a load, which may see an older value than the newest.
  static bool compare_exchange(Access label, Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                               std::memory_order order) noexcept;
  static void fence(Access label, std::memory_order order) noexcept;
  static bool recheck(Access label, bool unchanged) noexcept;
  static void point(Point point) noexcept;
  static void read_plain(const void* where) noexcept;

  template <class T>
  static std::uint64_t pack(T value) noexcept {
    if constexpr (std::is_pointer_v<T>)
      return reinterpret_cast<std::uint64_t>(value);
    else
      return static_cast<std::uint64_t>(value);
  }
  template <class T>
  static T unpack(std::uint64_t value) noexcept {
    if constexpr (std::is_pointer_v<T>)
      return reinterpret_cast<T>(value);
    else
      return static_cast<T>(value);
  }

  // Accesses without a label of their own: counters, settings, what only its owner touches.
  template <class T>
  struct Atomic : Cell {
    constexpr Atomic() = default;
    constexpr Atomic(T initial) noexcept {  // NOLINT: as std::atomic
      if constexpr (!std::is_pointer_v<T>) value = static_cast<std::uint64_t>(initial);
    }
    T load(std::memory_order order) const noexcept { return unpack<T>(Checked::load(Access::kPlain, *this, order)); }
    void store(T desired, std::memory_order order) noexcept {
      Checked::store(Access::kPlain, *this, pack(desired), order);
    }
    T fetch_add(T amount, std::memory_order order) noexcept {
      return unpack<T>(modify(Access::kPlain, *this, order,
                              [&](std::uint64_t v) { return pack(static_cast<T>(unpack<T>(v) + amount)); }));
    }
    T fetch_sub(T amount, std::memory_order order) noexcept {
      return unpack<T>(modify(Access::kPlain, *this, order,
                              [&](std::uint64_t v) { return pack(static_cast<T>(unpack<T>(v) - amount)); }));
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order order) noexcept {
      return Checked::compare_exchange<Access::kPlain>(*this, expected, desired, order);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order order) noexcept {
      return compare_exchange_strong(expected, desired, order);
    }
  };
  using Word = Atomic<std::uint64_t>;

  // What is no shared word: reading it is a data race unless the pairs have handed it over.
  template <class T>
  struct Plain {
    T value{};
    constexpr Plain() = default;
    constexpr Plain(T initial) : value(initial) {}  // NOLINT: it stands for a T
    operator T() const noexcept {                   // NOLINT: it stands for a T
      read_plain(this);
      return value;
    }
  };

  template <Access A, class T>
  static T load(const Atomic<T>& word, std::memory_order order) noexcept {
    return unpack<T>(load(A, word, order));
  }
  template <Access A, class T>
  static void store(Atomic<T>& word, std::type_identity_t<T> value, std::memory_order order) noexcept {
    store(A, word, pack(value), order);
  }
  template <Access A, class T>
  static T exchange(Atomic<T>& word, std::type_identity_t<T> value, std::memory_order order) noexcept {
    return unpack<T>(modify(A, word, order, [&](std::uint64_t) { return pack(value); }));
  }
  template <Access A, class T>
  static bool compare_exchange(Atomic<T>& word, std::type_identity_t<T>& expected, std::type_identity_t<T> desired,
                               std::memory_order order) noexcept {
    std::uint64_t found = pack(expected);
    const bool done = compare_exchange(A, word, found, pack(desired), order);
    expected = unpack<T>(found);
    return done;
  }
  template <Access A>
  static void fence(std::memory_order order) noexcept {
    fence(A, order);
  }
  template <Access A>
  static bool recheck(bool unchanged) noexcept {
    return recheck(A, unchanged);
  }
  template <Point P>
  static void point() noexcept {
    point(P);
  }
};
static_assert(sizeof(Checked::Word) == sizeof(StdMemory::Word), "a checked word takes the place of a shared one");

using Memory = Checked;
