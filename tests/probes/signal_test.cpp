// The signal that asks for a dump: what was there before it, what is there after it, and what must never happen.
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/probes/place.h"

using namespace looptape;
using namespace looptape::testing;

namespace {

volatile sig_atomic_t g_plain = 0, g_with_info = 0;
void plain(int) { g_plain = g_plain + 1; }
void with_info(int, siginfo_t* info, void* context) {
  g_with_info = g_with_info + (info != nullptr && context != nullptr ? 1 : 100);
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  REQUIRE(::sigaction(signal, &action, nullptr) == 0);
}

void (*installed(int signal))(int) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

std::uint64_t heard(const Recorder& recorder) {
  return counter(recorder, core::header::kTriggersSeen + static_cast<std::size_t>(core::TriggerKind::kSignal));
}

}  // namespace

TEST_CASE("SIGUSR2's default action, which would end the host, is not chained") {
  Place place;
  Settings settings = place.settings();
  settings.signal = -1;
  Recorder recorder{settings};
  REQUIRE(::raise(SIGUSR2) == 0);
  settle(recorder);
  CHECK(heard(recorder) == 1);
  CHECK(place.tapes().size() == 3);
}

TEST_CASE("a function that was installed before is called after the dump is asked for, and put back in the end") {
  for (const bool info : {false, true}) {
    g_plain = 0;
    g_with_info = 0;
    if (info) {
      struct sigaction action {};
      action.sa_sigaction = &with_info;
      action.sa_flags = SA_SIGINFO;
      REQUIRE(::sigaction(SIGUSR1, &action, nullptr) == 0);
    } else {
      install(SIGUSR1, &plain);
    }
    const auto before = installed(SIGUSR1);
    {
      Place place;
      Settings settings = place.settings();
      settings.signal = SIGUSR1;
      Recorder recorder{settings};
      CHECK(installed(SIGUSR1) != before);
      ::raise(SIGUSR1);
      settle(recorder);
      CHECK(heard(recorder) == 1);
      CHECK((info ? g_with_info : g_plain) == 1);
    }
    CHECK(installed(SIGUSR1) == before);
  }
  install(SIGUSR1, SIG_DFL);
}

namespace {
void (*g_found)(int, siginfo_t*, void*) = nullptr;
void chaining(int signal, siginfo_t* info, void* context) {
  g_with_info = g_with_info + 1;
  if (g_with_info < 1000) g_found(signal, info, context);  // ends whatever happens
}
}  // namespace

TEST_CASE(
    "a function installed over the recorder's that calls it is called once, also when a second recorder is begun") {
  Place place;
  Settings settings = place.settings();
  settings.signal = SIGUSR2;
  { Recorder first{settings}; }
  struct sigaction ours {};
  REQUIRE(::sigaction(SIGUSR2, nullptr, &ours) == 0);
  REQUIRE((ours.sa_flags & SA_SIGINFO) != 0);
  g_found = ours.sa_sigaction;
  struct sigaction action {};
  action.sa_sigaction = &chaining;
  action.sa_flags = SA_SIGINFO;
  REQUIRE(::sigaction(SIGUSR2, &action, nullptr) == 0);
  g_with_info = 0;
  {
    Recorder second{settings};
    REQUIRE(::raise(SIGUSR2) == 0);
    settle(second);
    CHECK(g_with_info == 1);
    CHECK(heard(second) == 1);
    REQUIRE(::raise(SIGUSR2) == 0);
    CHECK(g_with_info == 2);
  }
  REQUIRE(::sigaction(SIGUSR2, &ours, nullptr) == 0);
}

// The bug that was: the second recorder took the first one's handler for the application's and chained to it, which
// is itself: the first signal overflowed the stack.
TEST_CASE("recorders one after the other: the signal's handler never chains to itself") {
  for (int round = 0; round < 3; ++round) {
    Place place;
    Settings settings = place.settings();
    settings.signal = SIGUSR2;
    Recorder recorder{settings};
    ::raise(SIGUSR2);
    settle(recorder);
    CHECK(heard(recorder) == 1);
  }
  ::raise(SIGUSR2);  // late, without a recorder: nobody dies of it
}

TEST_CASE("a handler that somebody else installed meanwhile stays") {
  {
    Place place;
    Settings settings = place.settings();
    settings.signal = SIGUSR1;
    Recorder recorder{settings};
    install(SIGUSR1, &plain);
  }
  CHECK(installed(SIGUSR1) == &plain);
  install(SIGUSR1, SIG_DFL);
}

TEST_CASE("another signal number than the last recorder's: the old handler asks for nothing") {
  {
    Place place;
    Settings settings = place.settings();
    settings.signal = SIGUSR2;
    Recorder recorder{settings};
  }
  Place place;
  Settings settings = place.settings();
  settings.signal = SIGUSR1;
  Recorder recorder{settings};
  ::raise(SIGUSR2);
  settle(recorder);
  CHECK(heard(recorder) == 0);
  ::raise(SIGUSR1);
  settle(recorder);
  CHECK(heard(recorder) == 1);
}
