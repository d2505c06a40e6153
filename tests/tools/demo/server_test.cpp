// How ragdemo starts and ends, what it asks of a model that is not the bundled one, and what it keeps to itself.

#include <httplib.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/skip.h"
#include "tests/tools/demo/running_demo.h"
#include "tools/demo/listening.h"

namespace looptape::tools::demo {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

// What a program says, stderr too, and its exit code.
std::pair<std::string, int> ended(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  auto process = ChildProcess::start(all, true);
  REQUIRE(process);
  std::string output = process->all_output();
  return {output, WEXITSTATUS(process->wait())};
}

// A provider inside the test: keeps what it was asked, and holds each answer until it is let go.
class MadeUpProvider {
 public:
  struct Asked {
    std::string path, authorization, body;
  };

  MadeUpProvider() {
    const auto listening = bind_for_bursts(server_, "127.0.0.1", 0);
    REQUIRE(listening);
    listening_ = *listening;
    server_.Post("/v1/.*", [this](const auto& request, auto& response) { answer(request, response); });
    serving_ = std::thread([this] { server_.listen_after_bind(); });
  }
  MadeUpProvider(const MadeUpProvider&) = delete;
  MadeUpProvider& operator=(const MadeUpProvider&) = delete;
  ~MadeUpProvider() {
    on_chat = on_embeddings = nullptr;
    stop_listening(server_, listening_);
    serving_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listening_.port); }

  // All of one path so far.
  std::vector<Asked> asked(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::vector<Asked> found;
    for (const Asked& one : asked_) {
      if (one.path == path) found.push_back(one);
    }
    return found;
  }

  // Called before it answers. Set before anybody asks.
  std::function<void()> on_chat, on_embeddings;

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back({request.path, request.get_header_value("Authorization"), request.body});
    }
    const bool chat = request.path == "/v1/chat/completions";
    if (const auto& act = chat ? on_chat : on_embeddings; act) act();
    if (chat) {
      const std::string event = R"({"model": "theirs", "choices": [{"delta": {"content": "An answer."}}]})";
      response.set_content("data: " + event + "\n\ndata: [DONE]\n\n", "text/event-stream");
      return;
    }
    std::string rows;
    const auto texts = nlohmann::json::parse(request.body).at("input").size();
    for (std::size_t i = 0; i < texts; ++i) {
      rows += (i > 0 ? "," : "") + std::string(R"({"index":)") + std::to_string(i) + R"(,"embedding":[1,0]})";
    }
    response.set_content("{\"data\": [" + rows + "]}", "application/json");
  }

  httplib::Server server_;
  Listening listening_{};
  std::thread serving_;
  std::mutex mutex_;
  std::vector<Asked> asked_;  // guarded by mutex_
};

const std::string kQuestion = R"({"question": "What does quux_lock return?"})";

}  // namespace

TEST_CASE("a provider of one's own is asked for everything, with the key, the index's passages at the start") {
  MadeUpProvider provider;
  Demo demo({"--llm", provider.url(), "--model", "theirs"}, {{"RAGDEMO_API_KEY", "the-key"}});
  std::string embedded;
  for (const auto& asked : provider.asked("/v1/embeddings")) embedded += asked.body;
  for (const char* passage : {"quux_lock", "quux_open", "longest name"}) CHECK(contains(embedded, passage));
  CHECK_FALSE(contains(embedded, "what does"));
  CHECK(provider.asked("/v1/chat/completions").empty());
  const auto reply = demo.ask(kQuestion);
  CHECK(contains(reply.body, "An answer."));
  const auto questions = provider.asked("/v1/embeddings"), chats = provider.asked("/v1/chat/completions");
  CHECK(contains(questions.back().body, "what does quux_lock return"));
  REQUIRE(chats.size() == 1);
  CHECK(contains(chats[0].body, "returns zero on success"));
  CHECK(contains(chats[0].body, R"("model":"theirs")"));
  for (const auto& asked : {questions.front(), questions.back(), chats[0]}) {
    CHECK(asked.authorization == "Bearer the-key");
  }
}

TEST_CASE("with bundled embeddings a model of one's own is asked for answers alone") {
  MadeUpProvider provider;
  Demo demo({"--llm", provider.url(), "--model", "theirs", "--embeddings", "bundled"});
  CHECK(contains(demo.ask(kQuestion).body, "An answer."));
  CHECK(provider.asked("/v1/embeddings").empty());
  REQUIRE(provider.asked("/v1/chat/completions").size() == 1);
  CHECK(provider.asked("/v1/chat/completions")[0].authorization.empty());
}

TEST_CASE("SIGTERM and SIGINT end the server with exit status 0, once what was asked is answered") {
  for (const int signal : {SIGTERM, SIGINT}) {
    MadeUpProvider provider;
    pid_t server = 0;
    provider.on_chat = [&server, signal] { ::kill(server, signal); };  // it answers afterwards
    Demo demo({"--llm", provider.url(), "--model", "theirs", "--embeddings", "bundled"});
    server = demo.process().pid();
    const auto reply = demo.ask(kQuestion);
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "An answer."));
    const int status = demo.process().wait();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

// The bug that was: the signals waited for the index, which takes a remote model minutes.
TEST_CASE("a start that still builds its index is ended by either signal at once, and leaves no index") {
  for (const int signal : {SIGTERM, SIGINT}) {
    MadeUpProvider provider;
    std::promise<void> asked, ended;
    provider.on_embeddings = [&] {
      asked.set_value();
      ended.get_future().wait();  // never answers a server that still runs
    };
    const TemporaryDirectory directory;
    write_corpus(directory);
    const fs::path index = directory.path() / "index";
    auto process = ChildProcess::start({LOOPTAPE_BIN_DIR "/ragdemo", "--port", "0", "--index", index, "--corpus",
                                        directory.path() / "corpus", "--llm", provider.url(), "--model", "theirs"},
                                       true);
    REQUIRE(process);
    asked.get_future().wait();
    ::kill(process->pid(), signal);
    const int status = process->wait();
    ended.set_value();
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal);
    CHECK_FALSE(fs::exists(index / "passages.sqlite"));
  }
}

TEST_CASE("the bundled provider ends with the server, however that ends") {
  Demo demo;
  const std::string pid = std::to_string(demo.process().pid());
  const std::string child = text_of("/proc/" + pid + "/task/" + pid + "/children");
  if (child.empty()) return testing::skip_test("this kernel does not list the children of a process");
  REQUIRE(contains(text_of("/proc/" + std::to_string(std::stoi(child)) + "/cmdline"), "ragdemo-provider"));
  const int provider = static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(child), 0));
  REQUIRE(provider >= 0);
  ::kill(demo.process().pid(), SIGKILL);
  demo.process().wait();
  pollfd over = {provider, POLLIN, 0};
  CHECK(::poll(&over, 1, -1) == 1);  // the test's own limit of time ends a wait in vain
  ::close(provider);
}

TEST_CASE("no text of a question, a document or an answer is in a dump, but who asked") {
  Demo demo;
  const auto reply =
      demo.ask(R"({"question": "What does quux_lock return on success?", "tenant": "acme-corp", "session": "s-1"})");
  REQUIRE(contains(reply.body, "returns zero on success"));
  const std::string tape = demo.path("one.tape");
  const auto [output, code] =
      ended({LOOPTAPE_BIN_DIR "/looptape", "dump", std::to_string(demo.process().pid()), "-o", tape});
  INFO(output);
  REQUIRE(code == 0);
  const std::string bytes = text_of(tape);
  CHECK(contains(bytes, "acme-corp"));
  for (const char* text : {"quux", "What does", "on success", "returns zero", "Passages:"}) {
    CHECK_FALSE(contains(bytes, text));
  }
}

TEST_CASE("the reranker's threads run on their CPUs and all others on theirs") {
  cpu_set_t allowed;
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  std::vector<std::string> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE && cpus.size() < 2; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(std::to_string(cpu));
  }
  if (cpus.size() < 2) return testing::skip_test("there is only one CPU");
  Demo demo({"--cpus", cpus[0], "--rerank-cpus", cpus[1], "--rerank-threads", "3"});
  REQUIRE(demo.ask(kQuestion).status == 200);
  std::size_t rerankers = 0, others = 0;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(demo.process().pid()) + "/task")) {
    const bool reranks = text_of(thread.path() / "comm").starts_with("rerank");
    ++(reranks ? rerankers : others);
    CHECK(contains(text_of(thread.path() / "status"), "Cpus_allowed_list:\t" + cpus[reranks ? 1 : 0] + "\n"));
  }
  CHECK(rerankers == 3);
  CHECK(others > 3);
}

TEST_CASE("the index lies under XDG_CACHE_HOME, else in the home directory, and dumps where LOOPTAPE_DIR says") {
  const TemporaryDirectory directory;
  write_corpus(directory);
  const fs::path cache = directory.path() / "cache", home = directory.path() / "home";
  for (const std::string& xdg : {cache.string(), std::string("not/absolute")}) {
    auto process = ChildProcess::start(
        {LOOPTAPE_BIN_DIR "/ragdemo", "--port", "0", "--corpus", directory.path() / "corpus", "--output",
         directory.path() / "unused"},
        true, {}, {{"XDG_CACHE_HOME", xdg}, {"HOME", home}, {"LOOPTAPE_DIR", directory.path() / "dumps"}});
    REQUIRE(process);
    REQUIRE(port_in(process->first_line()) > 0);
    CHECK(process->first_line() == "recorded; dumps go to " + (directory.path() / "dumps/ragdemo").string());
    CHECK(fs::exists(cache / "ragdemo/passages.sqlite"));
    CHECK(fs::exists(home / ".cache/ragdemo/passages.sqlite") == (xdg != cache));
  }
}

TEST_CASE("each program of the demo explains itself, and ends with 2 when it is called wrongly") {
  for (const std::string name : {"ragdemo", "ragdemo-provider", "ragdemo-drive"}) {
    const std::string program = LOOPTAPE_BIN_DIR "/" + name;
    const auto [help, code] = ended({program, "--help"});
    INFO(help);
    CHECK(code == 0);
    CHECK(contains(help, "Usage: " + name + " [OPTIONS]"));
    CHECK(contains(help, "\n  " + name + " --"));  // an example
    const auto [wrong, wrong_code] = ended({program, "--nothing-like-it"});
    INFO(wrong);
    CHECK(wrong_code == 2);
    CHECK(contains(wrong, "--nothing-like-it"));
    CHECK(std::count(wrong.begin(), wrong.end(), '\n') == 2);  // the second names --help
  }
}

}  // namespace looptape::tools::demo
