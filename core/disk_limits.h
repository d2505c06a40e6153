// How much of the disk the dumps of one service may take: what recorders and the command keep to unless they are told
// otherwise, and what they may be told.
//
// Constants.  The public header repeats them for its reader; a test compares.
#pragma once

#include <cstdint>

#include "core/setting_range.h"

namespace looptape::core {

struct DiskLimit {
  const char* setting;  // its name, as a file of settings spells it
  SettingRange range;
  std::int64_t usual;
};

inline constexpr std::int64_t kMiB = std::int64_t{1} << 20, kMostDiskBytes = std::int64_t{1} << 50;
inline constexpr std::int64_t kDayNs = std::int64_t{86'400} * 1'000'000'000;

inline constexpr DiskLimit kDiskBytes{"disk_bytes", {Measure::kBytes, kMiB, kMostDiskBytes, true}, 1024 * kMiB};
inline constexpr DiskLimit kDiskFiles{"disk_files", {Measure::kNumber, 1, 1'000'000}, 100};
inline constexpr DiskLimit kDiskAge{"disk_age", {Measure::kNanoseconds, 0, 3660 * kDayNs, true}, 14 * kDayNs};
inline constexpr DiskLimit kDiskFreeFloor{"disk_free_floor", {Measure::kBytes, 0, kMostDiskBytes}, 256 * kMiB};

}  // namespace looptape::core
