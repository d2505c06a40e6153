// A program that records before its recorder exists and after it is gone: static constructors and destructors, exit
// handlers, thread_local destructors, and a recorder that is itself static.
//
// Started by life_test.cpp; prints one line for each thing that was recorded; the exit code says what was wrong.
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

namespace {

void use(int n) {
  looptape::Request request{{.kind = "static", .tenant = "t"}};
  request.set<"n">(n);
  looptape::Stage<"static stage"> stage;
  stage.set<"text">("text");
  looptape::event<"static event">(n);
  looptape::Detached<"static detached"> detached;
  looptape::Sequence steps;
  steps.next<"static step">();
}

struct Records {
  int n;
  explicit Records(int number) : n(number) { use(n); }
  ~Records() { use(n); }
};

looptape::Settings settings() {
  looptape::Settings settings;
  settings.service = "static";
  settings.budget_bytes = std::size_t{4} << 20;
  settings.signal = 0;
  settings.disk_free_floor = 0;
  return settings;
}

// Constructed in this order, destroyed in the other.
Records g_before{1};
looptape::Recorder g_recorder{settings()};
Records g_after{2};
thread_local Records t_records{3};

std::uint64_t events(int n) {
  const auto rows = looptape::dump::testing::decode(looptape::dump::testing::read_outside(g_recorder.region_path()));
  std::uint64_t found = 0;
  for (const auto& point : rows.points) found += point.value == static_cast<std::uint64_t>(n);
  return found;
}

}  // namespace

int main() {
  std::atexit([] { use(4); });
  if (!g_recorder.recording()) return 10;
  if (events(1) != 0) return 11;  // before there was a recorder
  if (events(2) != 1) return 12;
  std::thread([] { t_records.n = 3; }).join();  // constructed and destroyed on that thread, both recorded
  if (events(3) != 2) return 13;
  std::puts("in order");
  return 0;
}
