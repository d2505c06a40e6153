// The words of a region's header that say whose it is: the same in every region.
//
// At start only, ordinary threads; reads /proc.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/process_identity.h"
#include "core/version.h"
#include "looptape/core/layout.h"

namespace looptape::core {

// Calls put(index, value) for each; the magic is the caller's, who writes it last.
template <class Put>
void put_identity(std::uint64_t region_bytes, const Put& put) {
  const auto pid = static_cast<std::uint64_t>(::getpid());
  const auto boot = boot_id();
  std::uint64_t token[2];
  random_words(token, 2);
  put(header::kVersion, std::uint64_t{kLayoutMajor} << 32 | kLayoutMinor);
  put(header::kEndian, kEndianMark);
  put(header::kRegionBytes, region_bytes);
  put(header::kPid, pid);
  put(header::kProcessStart, process_start_time(pid));
  put(header::kBootId, boot[0]);
  put(header::kBootId + 1, boot[1]);
  put(header::kUid, static_cast<std::uint64_t>(::geteuid()));
  put(header::kPidNamespace, pid_namespace());
  put(header::kProcessToken, token[0]);
  put(header::kProcessToken + 1, token[1]);
  static_assert(sizeof kVersion <= 2 * kWordBytes);
  std::uint64_t recorder[2] = {};
  std::memcpy(recorder, kVersion, sizeof kVersion);
  put(header::kRecorder, recorder[0]);
  put(header::kRecorder + 1, recorder[1]);
}

}  // namespace looptape::core
