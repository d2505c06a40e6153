// A process that records and then waits, for the command to look at: two requests that ended, one that runs.
//
//     tools.recorded_server SERVICE      says "ready" and waits until its input ends
#include <looptape/looptape.h>

#include <cstdio>
#include <thread>

namespace lt = looptape;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  lt::Settings settings;
  settings.service = argv[1];
  settings.version = "7";
  settings.budget_bytes = 8 << 20;
  lt::Recorder recorder(settings);
  if (!recorder.recording()) {
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
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
