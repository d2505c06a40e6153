// Descriptors that a forked child must not keep: see inherited.h.
#include "core/inherited.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace looptape::core {
namespace {

constinit std::array<std::atomic<int>, kMaxWithheld> g_withheld{};  // descriptor + 1; 0 = free

// In the child, whose only thread this is.  Async-signal-safe.
void close_withheld() {
  for (std::atomic<int>& one : g_withheld)
    if (const int fd = one.exchange(0) - 1; fd >= 0) ::close(fd);
}

}  // namespace

void withhold_from_children(int fd) {
  static const bool installed = ::pthread_atfork(nullptr, nullptr, &close_withheld) == 0;
  if (!installed) return;
  for (std::atomic<int>& one : g_withheld) {
    int none = 0;
    if (one.compare_exchange_strong(none, fd + 1)) return;
  }
}

void forget_withheld(int fd) {
  for (std::atomic<int>& one : g_withheld) {
    int mine = fd + 1;
    if (one.compare_exchange_strong(mine, 0)) return;
  }
}

}  // namespace looptape::core
