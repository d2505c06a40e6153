// A process that records and then waits, for the command to look at: two requests that ended, one that runs.
//
//     tools.recorded_server SERVICE [HOW]      says "ready" and waits until its input ends
//
// HOW: volatile (no shared memory), shrunk (too little of it), fewer (no room for all tables), paused, unrecorded
// (settings out of range).
#include <looptape/looptape.h>
#include <sys/resource.h>

#include <cstdio>
#include <string_view>
#include <thread>

namespace lt = looptape;

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) return 2;
  const std::string_view how = argc == 3 ? argv[2] : "";
  lt::Settings settings;
  settings.service = argv[1];
  settings.version = "7";
  settings.budget_bytes = 8 << 20;
  if (how == "volatile") settings.region_directory = "/nonexistent";
  if (how == "unrecorded") settings.budget_bytes = 1;
  if (how == "fewer") settings.max_threads = 4096;
  if (how == "shrunk") {
    const struct rlimit sizes { 5 << 20, 5 << 20 };
    if (::setrlimit(RLIMIT_FSIZE, &sizes) != 0) return 1;
  }
  lt::Recorder recorder(settings);
  if (!recorder.recording() && how != "unrecorded") {
    std::fprintf(stderr, "%s\n", recorder.problem().c_str());
    return 1;
  }
  lt::name_thread("main loop");
  for (int i = 0; i < 2; ++i) {
    lt::Request request{{.kind = "ask", .tenant = "acme", .session = "s-1"}};
    request.external("ticket", i == 0 ? "4892" : "4893");
    lt::Stage<"rerank", lt::Kind::rerank> rerank;
    rerank.set<"candidates">(40);
    const lt::Context here = lt::Context::current();
    std::thread([here] {
      const lt::Adopt adopted{here};
      lt::Stage<"score"> score;
    }).join();
  }
  lt::Request running{{.kind = "ask", .tenant = "globex"}};
  lt::Stage<"generate", lt::Kind::generate> generate;
  if (how == "paused") recorder.pause();
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
