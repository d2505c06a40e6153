// ragdemo-provider: a local model provider that answers the OpenAI protocols by extraction.

#include <sys/prctl.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>

#include "tools/demo/provider/provider_server.h"
#include "tools/demo/stop_signal.h"

namespace {

using looptape::tools::demo::ProviderServer;
using looptape::tools::demo::ProviderSettings;

constexpr const char* kAbout =
    "A model provider on this machine: /v1/chat/completions (streamed or not) and /v1/embeddings.\n"
    "It extracts the best sentences of the prompt it is given and takes its time like a model.\n"
    "\n"
    "Example:\n"
    "  ragdemo-provider --port 8090 --token-us 20000 &\n"
    "  ragdemo --llm http://127.0.0.1:8090 --model extractive-1";

}  // namespace

int main(int argc, char** argv) {
  ProviderSettings settings;
  int first_token_ms = static_cast<int>(settings.first_token.count());
  int token_us = static_cast<int>(settings.per_token.count());
  int embed_ms = static_cast<int>(settings.embedding.count());
  bool with_parent = false;
  CLI::App app(kAbout, "ragdemo-provider");
  app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--port", settings.port, "port on 127.0.0.1; 0 takes a free one")->check(CLI::Range(0, 65535));
  app.add_option("--first-token-ms", first_token_ms, "time to the first token")->check(CLI::Range(0, 60'000));
  app.add_option("--token-us", token_us, "time for each further token")->check(CLI::Range(0, 10'000'000));
  app.add_option("--embed-ms", embed_ms, "time to embed one text")->check(CLI::Range(0, 60'000));
  app.add_option("--embed-lanes", settings.embedding_lanes, "texts embedded at the same time")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--with-parent", with_parent, "end when the process that started this one ends");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  settings.first_token = std::chrono::milliseconds(first_token_ms);
  settings.per_token = std::chrono::microseconds(token_us);
  settings.embedding = std::chrono::milliseconds(embed_ms);

  if (with_parent) prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  looptape::tools::demo::StopSignal stop;
  ProviderServer server(settings);
  const auto port = server.bind();
  if (!port) {
    std::fprintf(stderr, "ragdemo-provider: %s\n", port.error().c_str());
    return 1;
  }
  stop.call([&server] { server.stop(); });
  std::printf("ragdemo-provider listening on 127.0.0.1:%d\n", *port);
  std::fflush(stdout);
  server.listen();
  stop.call({});
  return 0;
}
