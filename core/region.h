// The one mapping that holds everything the request path writes.
//
// create/close: the recorder's start and stop, ordinary threads, may do I/O and fail.  Accessors: anyone, any
// time, also signal handlers.  Once created the mapping stays valid until the process ends: close() swaps the
// shared pages for private empty ones, so that a thread that is still inside a probe writes harmlessly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "looptape/core/layout.h"
#include "looptape/core/memory.h"

namespace looptape::core {

struct RegionSettings {
  std::string service, version, host;
  std::string directory = "/dev/shm";  // "looptape-UID/" is made in it
  std::size_t budget_bytes = std::size_t{48} << 20;
  std::uint64_t window_ns = 0;
  unsigned max_threads = 512;
  unsigned max_in_flight = 1024;
  ClockKind clock = ClockKind::kTsc;
  bool clock_fell_back = false;  // the counter would have been used if the CPU promised its rate
  // 16 KiB would make the switch the 99.9th percentile; grows with the budget.  Smaller in tests only.
  std::size_t chunk_bytes = std::size_t{32} << 10;
};

inline constexpr std::size_t kMinRegionBytes = std::size_t{4} << 20;

class Region {
 public:
  Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  // Makes, preallocates and populates the file; falls back to a smaller one, then to anonymous memory.  False: there
  // is no region; problem() says why.  problem() may also be set on success: what had to be changed.
  bool create(const RegionSettings& settings);
  // Unlinks the file (when asked) and leaves private empty pages in the mapping's place.
  void close(bool unlink_file);
  const std::string& problem() const { return problem_; }
  const std::string& path() const { return path_; }  // empty when volatile
  std::size_t bytes() const { return bytes_; }
  bool is_volatile() const { return path_.empty(); }

  // True in the process that made the region; false in a forked child, where it is not mapped and must not be touched.
  // Async-signal-safe.
  bool here() const noexcept { return mark_ != nullptr && *mark_ != 0; }

  Word& header(std::size_t index) { return base_[index]; }
  const Word& header(std::size_t index) const { return base_[index]; }
  Word* name(std::size_t index) { return base_ + names_ + index * name_entry::kWords; }
  Word* slot(std::size_t index) { return base_ + slots_ + index * slot::kWords; }
  Word* flight(std::size_t index) { return base_ + flights_ + index * flight::kWords; }
  Word* chunk(std::size_t index) { return base_ + chunks_ + index * (chunk_bytes_ / kWordBytes); }
  const Word* words() const { return base_; }
  std::size_t slot_count() const { return slot_count_; }
  std::size_t flight_count() const { return flight_count_; }
  std::size_t chunk_count() const { return chunk_count_; }
  std::size_t chunk_bytes() const { return chunk_bytes_; }

  // Adds to a process-wide counter; async-signal-safe.
  void count_loss(Loss loss, std::uint64_t amount = 1) {
    header(header::kLosses + static_cast<std::size_t>(loss)).fetch_add(amount, std::memory_order_relaxed);  // a counter
  }
  void raise_names_count(std::uint64_t count);
  // Refreshes the second clock anchor; the recorder's thread only.
  void write_anchor(std::uint64_t tick, std::uint64_t monotonic, std::uint64_t wall);
  void set_state(RegionState state);
  // What the recorder says of itself, for whoever looks at the region; cut to kNoticeBytes.  Ordinary threads.
  void set_notice(std::string_view text);

 private:
  bool open_file(const RegionSettings& settings);
  bool open_anonymous(std::size_t bytes);
  bool create_file(const RegionSettings& settings);
  bool map(int fd, std::size_t bytes);
  bool map_mark();
  void lay_out(const RegionSettings& settings, std::size_t bytes);
  void choose_counts(const RegionSettings& settings, std::size_t bytes);
  void write_geometry(std::size_t bytes);
  // True when it had to be cut.
  bool put_text(std::size_t index, std::size_t words, std::string_view text);
  void add_problem(const std::string& text) { problem_ += (problem_.empty() ? "" : "; ") + text; }

  Plain<Word*> base_ = nullptr;
  Plain<const std::uint64_t*> mark_ = nullptr;  // on a page that fork fills with zeros
  std::size_t bytes_ = 0;
  std::size_t names_ = 0, slots_ = 0, flights_ = 0, chunks_ = 0;  // words from base_
  std::size_t slot_count_ = 0, flight_count_ = 0, chunk_count_ = 0, chunk_bytes_ = 0;
  std::uint64_t flags_ = 0;
  // Stays open until close(): it holds the lock, and is the only way for another process to reach anonymous memory.
  int descriptor_ = -1;
  std::string path_, problem_;
};

}  // namespace looptape::core
