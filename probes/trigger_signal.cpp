// The signal that asks for a dump: see trigger_signal.h.
#include "probes/trigger_signal.h"

#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "looptape/core/request.h"
#include "looptape/core/site.h"
#include "looptape/core/trigger.h"

namespace looptape {
namespace {

struct sigaction g_before {};
std::atomic<int> g_signal{0};           // 0: none is installed
std::atomic<std::uint16_t> g_name{0};   // id of the signal's name

void on_signal(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  core::post_dump(static_cast<std::uint32_t>(core::TriggerKind::kSignal), g_name.load(std::memory_order_relaxed), 0, 0, 0);  // set before the handler
  if ((g_before.sa_flags & SA_SIGINFO) != 0) {
    if (g_before.sa_sigaction != nullptr) g_before.sa_sigaction(signal, info, context);
  } else if (g_before.sa_handler != SIG_DFL && g_before.sa_handler != SIG_IGN) {
    g_before.sa_handler(signal);
  }
  errno = saved;
}

}  // namespace

bool install_trigger_signal(int signal, std::string* problem) {
  if (signal == 0) return true;
  const char* const abbreviation = ::sigabbrev_np(signal);
  const std::string name = abbreviation != nullptr ? std::string("SIG") + abbreviation : "signal " + std::to_string(signal);
  g_name.store(core::register_name(name, Kind::other), std::memory_order_relaxed);  // before the handler exists
  struct sigaction action {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(signal, nullptr, &g_before) != 0 || ::sigaction(signal, &action, nullptr) != 0) {
    *problem = "cannot handle " + name + ": " + std::strerror(errno);
    return false;
  }
  g_signal.store(signal, std::memory_order_relaxed);  // install and remove are the recorder's alone
  return true;
}

void remove_trigger_signal() {
  const int signal = g_signal.exchange(0, std::memory_order_relaxed);  // install and remove are the recorder's alone
  if (signal == 0) return;
  struct sigaction now {};
  // A default action would kill the process on a late signal: then our handler stays, inert without a recorder.
  const bool default_before = (g_before.sa_flags & SA_SIGINFO) == 0 && g_before.sa_handler == SIG_DFL;
  if (::sigaction(signal, nullptr, &now) == 0 && now.sa_sigaction == &on_signal && !default_before)
    ::sigaction(signal, &g_before, nullptr);
}

}  // namespace looptape
