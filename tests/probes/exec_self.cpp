// A program that records, replaces its own image, and looks at what the first image left.
//
// Started by fork_test.cpp; the exit code says what was wrong.
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "looptape/looptape.h"
#include "tests/dump/snapshot/running_engine.h"

namespace {

looptape::Settings settings() {
  looptape::Settings settings;
  settings.service = "exec";
  settings.budget_bytes = std::size_t{4} << 20;
  settings.disk_free_floor = 0;
  return settings;
}

// Descriptors beyond the standard three, but for the one that lists them.
int open_descriptors() {
  int found = 0;
  DIR* const directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return -1;
  while (const dirent* const entry = ::readdir(directory)) found += std::atoi(entry->d_name) > 2;
  ::closedir(directory);
  return found - 1;
}

int first_image(char** argv) {
  ::setenv("TEST_DESCRIPTORS", std::to_string(open_descriptors()).c_str(),
           1);  // whatever the caller left open
  looptape::Recorder recorder{settings()};
  if (!recorder.recording()) return 10;
  for (int i = 0; i < 100; ++i) looptape::event<"before exec">(i);
  ::execl("/proc/self/exe", argv[0], recorder.region_path().c_str(), static_cast<char*>(nullptr));
  return 11;
}

int second_image(const char* left) {
  const char* const before = std::getenv("TEST_DESCRIPTORS");
  if (before == nullptr || open_descriptors() != std::atoi(before)) return 20;
  struct sigaction action {};
  ::sigaction(SIGUSR2, nullptr, &action);
  if (action.sa_handler != SIG_DFL) return 21;
  looptape::event<"inert">();
  looptape::Settings kept = settings();
  looptape::Recorder recorder{kept};
  if (!recorder.recording()) return 22;
  if (recorder.region_path() == left) return 23;
  looptape::event<"after exec">();
  const auto own = looptape::dump::testing::decode(looptape::dump::testing::read_outside(recorder.region_path()));
  if (own.points.size() != 1 || own.points[0].name != "after exec") return 24;
  // The region of the image before this one has the same process id and start time; it is of a dead recording.
  if (::access(left, R_OK) == 0) {
    const auto rows = looptape::dump::testing::decode(looptape::dump::testing::read_outside(left));
    if (rows.points.size() != 100) return 25;
  } else if (recorder.dump_and_wait("look").empty()) {  // recovered at start: it became a dump
    return 26;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return argc > 1 ? second_image(argv[1]) : first_image(argv); }
