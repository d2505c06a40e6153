// The signal that asks for a dump: see trigger_signal.h.
#include "probes/trigger_signal.h"

#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

#include "looptape/core/request.h"
#include "looptape/core/site.h"
#include "looptape/core/trigger.h"

namespace looptape {
namespace {

// What was found installed, each once.  A handler may be running while another recorder installs: what it reads is
// never changed or freed.
struct Kept {
  struct sigaction action;
  const Kept* older;
};
const Kept* g_kept = nullptr;  // install and remove are the recorder's alone
// By signal: what was installed before ours, null for nothing known.
std::atomic<const struct sigaction*> g_before[NSIG]{};
std::atomic<int> g_signal{0};          // 0: none is installed
std::atomic<std::uint16_t> g_name{0};  // id of the signal's name

// The handler runs on this thread.  One that was installed over ours and calls what it found may have ours call it
// again: it comes after a second recorder, or one in a forked child, has been installed over it. A bit per signal.
__thread std::uint64_t t_inside __attribute__((tls_model("initial-exec"))) = 0;

void chain(const struct sigaction* before, int signal, siginfo_t* info, void* context) {
  if (before == nullptr) return;
  if ((before->sa_flags & SA_SIGINFO) != 0) {
    if (before->sa_sigaction != nullptr) before->sa_sigaction(signal, info, context);
  } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
    before->sa_handler(signal);
  }
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  if ((t_inside & bit) != 0) return;
  t_inside |= bit;
  const int saved = errno;
  if (signal == g_signal.load(std::memory_order_relaxed))  // set before the handler; else an earlier recorder's
    core::post_dump(core::TriggerKind::kSignal, g_name.load(std::memory_order_relaxed), 0, 0,
                    0);  // set before the handler
  chain(g_before[signal].load(std::memory_order_seq_cst), signal, info, context);
  errno = saved;
  t_inside &= ~bit;
}

bool is_same(const struct sigaction& a, const struct sigaction& b) {
  return a.sa_sigaction == b.sa_sigaction && a.sa_flags == b.sa_flags &&
         std::memcmp(&a.sa_mask, &b.sa_mask, sizeof a.sa_mask) == 0;
}

// False: no memory.
bool keep_before(int signal, const struct sigaction& before) {
  const Kept* kept = g_kept;
  while (kept != nullptr && !is_same(kept->action, before)) kept = kept->older;
  if (kept == nullptr) {
    kept = new (std::nothrow) Kept{before, g_kept};
    if (kept == nullptr) return false;
    g_kept = kept;
  }
  g_before[signal].store(&kept->action, std::memory_order_seq_cst);
  return true;
}

}  // namespace

bool install_trigger_signal(int signal, std::string* problem) {
  if (signal <= 0 || signal >= NSIG) return true;
  const char* const abbreviation = ::sigabbrev_np(signal);
  const std::string name =
      abbreviation != nullptr ? std::string("SIG") + abbreviation : "signal " + std::to_string(signal);
  g_name.store(core::register_name(name, Kind::other), std::memory_order_relaxed);  // before the handler exists
  struct sigaction action {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  struct sigaction before {};
  const bool known = ::sigaction(signal, nullptr, &before) == 0;
  // Ours may still be there: an earlier recorder's over a default action, or in a forked child the parent's.  Chained
  // to itself it would never return; what stood before it is known from then.
  const bool ours = known && (before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == &on_signal;
  if (known && !ours && !keep_before(signal, before)) {
    *problem = "cannot handle " + name + ": out of memory";
    return false;
  }
  g_signal.store(signal, std::memory_order_relaxed);  // install and remove are the recorder's alone
  if (!known || ::sigaction(signal, &action, nullptr) != 0) {
    *problem = "cannot handle " + name + ": " + std::strerror(errno);
    g_signal.store(0, std::memory_order_relaxed);  // install and remove are the recorder's alone
    return false;
  }
  return true;
}

void remove_trigger_signal(LateSignal late) {
  const int signal = g_signal.exchange(0, std::memory_order_relaxed);  // install and remove are the recorder's alone
  if (signal == 0) return;
  const struct sigaction* const before = g_before[signal].load(std::memory_order_seq_cst);
  // A default action would kill the process on a late signal: then our handler stays, inert without a recorder.
  const bool by_default = before != nullptr && (before->sa_flags & SA_SIGINFO) == 0 && before->sa_handler == SIG_DFL;
  if (before == nullptr || (by_default && late == LateSignal::kExpected)) return;
  struct sigaction now {};
  if (::sigaction(signal, nullptr, &now) == 0 && now.sa_sigaction == &on_signal) ::sigaction(signal, before, nullptr);
}

}  // namespace looptape
