// ragdemo and its provider as processes, asked over HTTP, on a small corpus.

#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/tools/demo/raw_connection.h"
#include "tests/tools/demo/running_demo.h"
#include "tools/demo/client/chat_client.h"
#include "tools/demo/client/embedding_client.h"

namespace looptape::tools::demo {

TEST_CASE("a question is answered from the passage that holds the answer") {
  Demo demo;
  const auto reply =
      demo.ask(R"({"question": "What does quux_lock return on success?", "tenant": "acme", "session": "s"})");
  INFO(reply.body);
  CHECK(reply.status == 200);
  CHECK(contains(reply.body, "returns zero on success"));
  CHECK(contains(reply.body, "locks.txt@0"));
  CHECK(contains(reply.body, "\"cited\": true"));
  CHECK_FALSE(reply.header("X-Request-Id").empty());
  const auto follow_up = demo.ask(R"({"question": "And how long does it block?", "tenant": "acme", "session": "s"})");
  INFO(follow_up.body);
  CHECK(contains(follow_up.body, "And how long does quux_lock return success block?"));
}

TEST_CASE("an answer names its recording and continues the caller's trace") {
  Demo demo;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto reply = demo.ask(R"({"question": "What does quux_lock return?"})",
                              {{"traceparent", "00-" + trace + "-b7ad6b7169203331-01"}});
  CHECK(reply.header("X-Request-Id") == "1");
  const std::string traceparent = reply.header("traceparent");
  CHECK(traceparent.size() == 55);
  CHECK(contains(traceparent, trace));
  CHECK_FALSE(contains(traceparent, "b7ad6b7169203331"));
  const auto other = demo.ask(R"({"question": "What does quux_lock return?"})", {{"traceparent", "nonsense"}});
  CHECK(other.status == 200);
  CHECK(other.header("X-Request-Id") == "2");
  CHECK(other.header("traceparent").size() == 55);
  CHECK_FALSE(contains(other.header("traceparent"), trace));
}

TEST_CASE("of a question it is recorded who asked, what each stage was given and decided, and what it cost") {
  Demo demo;
  const std::string question = R"({"question": "What does quux_lock return on success?", "tenant": "acme"})";
  REQUIRE(demo.ask(question).status == 200);
  REQUIRE(demo.ask(question).status == 200);
  const auto shown = [&](const char* request) {
    const std::string command =
        LOOPTAPE_BIN_DIR "/looptape show pid:" + std::to_string(demo.process().pid()) + " " + request + " --json";
    std::string text;
    FILE* const output = ::popen(command.c_str(), "r");
    REQUIRE(output != nullptr);
    char piece[4096];
    for (std::size_t got; (got = std::fread(piece, 1, sizeof piece, output)) > 0;) text.append(piece, got);
    CHECK(::pclose(output) == 0);
    return text;
  };
  const std::string first = shown("1"), second = shown("2");
  INFO(first);
  CHECK(contains(first, R"("tenant":"acme")"));
  for (const char* stage : {"contextualize", "embed", "embed.call", "retrieve", "retrieve.dense", "retrieve.sparse",
                            "fuse", "rerank", "rerank.score", "assemble", "assemble.document", "generate", "evaluate"})
    CHECK(contains(first, R"("stage":")" + std::string(stage) + "\""));
  for (const char* key :
       {"question_bytes", "cache_hit", "best_score", "candidates", "moved", "id", "sparse_rank", "dense_rank",
        "fused_score", "prompt_tokens", "completion_tokens", "budget_tokens", "template_hash", "answer_bytes"})
    CHECK(contains(first, "\"" + std::string(key) + "\""));
  CHECK_FALSE(contains(second, R"("stage":"embed.call")"));  // a hit of the cache asks nobody
}

TEST_CASE("a request above the limit leaves a dump and one below it none") {
  for (const auto& [limit, dumps] : {std::pair("1", 1U), std::pair("3600000", 0U), std::pair("0", 0U)}) {
    // The provider takes at least the five milliseconds it is told to.
    Demo demo({"--limit-ms", limit, "--delay-ms", "0", "--provider-option=--first-token-ms=5"});
    REQUIRE(demo.ask(R"({"question": "What does quux_lock return?"})").status == 200);
    // The dump comes by itself; the test's own limit of time ends a wait in vain.
    while (demo.tapes() < dumps) std::this_thread::yield();
    demo.process().stop();
    CHECK(demo.tapes() == dumps);
  }
}

TEST_CASE("without a recorder everything is answered all the same") {
  Demo demo({"--no-record"});
  const auto reply = demo.ask(R"({"question": "What does quux_lock return on success?"})");
  CHECK(reply.status == 200);
  CHECK(reply.header("X-Request-Id") == "unrecorded-1");
  CHECK(reply.header("traceparent").empty());
}

TEST_CASE("many clients at once each get the answer to their own question") {
  Demo demo;
  std::vector<std::string> wrong(8);
  std::vector<std::thread> clients;
  for (std::size_t client = 0; client < wrong.size(); ++client) {
    clients.emplace_back([&demo, &wrong, client] {
      for (int i = 0; i < 20; ++i) {
        const bool locks = (client + static_cast<std::size_t>(i)) % 2 == 0;
        const auto reply =
            demo.endpoint().post("/ask", locks ? R"({"question": "what does quux_lock acquire?"})"
                                               : R"({"question": "which descriptor does quux_open return?"})");
        const std::string expected = locks ? "acquires the lock" : "returns a descriptor";
        if (!reply) wrong[client] = reply.error();
        if (reply && !contains(reply->body, expected)) wrong[client] = reply->body;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const std::string& what : wrong) CHECK(what.empty());
}

TEST_CASE("bad input gets an error in JSON and the server goes on") {
  Demo demo;
  const auto bad = demo.ask("{");
  CHECK(bad.status == 400);
  CHECK(contains(bad.body, "\"code\":\"bad_json\""));
  CHECK(bad.header("Content-Type") == "application/json");
  CHECK(demo.ask(std::string(70'000, ' ')).status == 413);
  CHECK(demo.endpoint().get("/nothing")->status == 404);
  CHECK(demo.endpoint().get("/ask")->status == 405);
  CHECK(demo.endpoint().get("/healthz")->status == 200);
}

// The bug that was: the servers waited five seconds for a body that nobody had announced, and then gave up.
TEST_CASE("a request without a body gets its answer, and the connection stays") {
  Demo demo;
  auto provider = BundledProvider::start(kProvider, kFast);
  REQUIRE(provider);
  RawConnection asking(demo.port()), embedding(port_in(provider->url));
  const auto request = [](const std::string& line) { return line + " HTTP/1.1\r\nHost: here\r\n\r\n"; };
  CHECK(contains(asking.reply(request("PUT /ask"), "understood\"}}\n"), "\"code\":\"wrong_method\""));
  CHECK(contains(asking.reply(request("DELETE /nothing"), "understood\"}}\n"), "\"code\":\"no_such_path\""));
  CHECK(contains(asking.reply(request("POST /ask"), "}}\n"), "\"code\":\"bad_json\""));
  CHECK(contains(asking.reply(request("GET /healthz"), "}\n"), "\"status\": \"ok\""));
  CHECK(contains(embedding.reply(request("POST /v1/embeddings"), "}}"), "the request has no body"));
  CHECK(contains(embedding.reply(request("POST /nowhere"), "}}"), "there is nothing here"));
  CHECK(contains(embedding.reply(request("GET /healthz"), "}"), "{\"status\":\"ok\"}"));
}

TEST_CASE("a provider that is not there makes the answer fail and says which") {
  Demo demo({"--llm", "http://127.0.0.1:9", "--model", "none", "--embeddings", "bundled"});
  const auto reply = demo.ask(R"({"question": "What does quux_lock return?"})");
  CHECK(reply.status == 502);
  CHECK(
      contains(reply.body, "127.0.0.1:9/v1/chat/completions: cannot connect: no such host, or nothing listens there"));
}

TEST_CASE("an index that cannot be built is not said to be done") {
  const TemporaryDirectory directory;
  write_corpus(directory);
  auto process = ChildProcess::start(
      {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", LOOPTAPE_BIN_DIR "/ragdemo", "--port", "0", "--index",
       (directory.path() / "index").string(), "--corpus", (directory.path() / "corpus").string(), "--no-record",
       "--llm", "http://127.0.0.1:9", "--model", "any"},
      true);
  REQUIRE(process);
  CHECK(process->all_output() ==
        "building the index ...\n"
        "ragdemo: building the index: http://127.0.0.1:9/v1/embeddings: "
        "cannot connect: no such host, or nothing listens there\n");
  CHECK(WEXITSTATUS(process->wait()) == 1);
}

TEST_CASE("a url that is not http is refused at the start, by the option's name") {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--llm", "https://api.example", "--model", "any", "--embeddings", "bundled"},
           {"--llm", "localhost:11434", "--model", "any", "--embeddings", "bundled"},
           {"--llm", "http://127.0.0.1:9", "--model", "any", "--embeddings", "https://api.example"}}) {
    const TemporaryDirectory directory;
    write_corpus(directory);
    const auto path = [&](const std::string& name) { return (directory.path() / name).string(); };
    // With an index that takes no time: were the url taken, the server would listen and not end by itself.
    std::vector<std::string> arguments = {
        "/bin/sh",      "-c",         "exec \"$@\" 2>&1", "sh",          LOOPTAPE_BIN_DIR "/ragdemo",
        "--port",       "0",          "--index",          path("index"), "--corpus",
        path("corpus"), "--no-record"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    auto process = ChildProcess::start(arguments, true);
    REQUIRE(process);
    const std::string said = process->first_line();
    CHECK(contains(said, "only http:// is spoken"));
    CHECK(contains(said, wrong[1].starts_with("http://") ? "--embeddings" : "--llm"));
    const int status = contains(said, "listening") ? process->stop() : process->wait();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 2);
  }
}

TEST_CASE("another provider's embeddings are used, and without them words alone find the answer") {
  auto chat = BundledProvider::start(kProvider, kFast);
  auto embeddings = BundledProvider::start(kProvider, kFast);
  REQUIRE(chat);
  REQUIRE(embeddings);
  Demo demo(
      {"--llm", chat->url, "--model", "any", "--embeddings", embeddings->url + "/v1", "--embedding-model", "theirs"});
  const auto with = demo.ask(R"({"question": "What does quux_lock return?"})");
  CHECK(contains(with.body, "\"without_vector\": false"));
  embeddings->process.stop();
  const auto without = demo.ask(R"({"question": "Which descriptor does quux_open return?"})");
  CHECK(without.status == 200);
  CHECK(contains(without.body, "\"without_vector\": true"));
  CHECK(contains(without.body, "returns a descriptor"));
}

TEST_CASE("the provider streams an answer, counts its tokens and embeds texts") {
  auto provider = BundledProvider::start(kProvider, kFast);
  REQUIRE(provider);
  ChatClient chat({provider->url, BundledProvider::kChatModel, {}});
  int first_pieces = 0;
  const auto completion =
      chat.complete({{"user", "[1] /a@0\nThe quux is a kind of fish in the sea.\n\nQuestion: what kind is the quux?"}},
                    50, {}, [&first_pieces] { ++first_pieces; });
  INFO(completion.error());
  REQUIRE(completion);
  CHECK(completion->text == "The quux is a kind of fish in the sea. [1]");
  CHECK(completion->finish_reason == "stop");
  CHECK(completion->prompt_tokens > 10);
  CHECK(completion->completion_tokens > 10);
  CHECK(completion->pieces > 5);
  CHECK(first_pieces == 1);
  EmbeddingClient embeddings({provider->url, BundledEmbedder::kModel, {}});
  const std::vector<std::string> texts = {"a mutex", "a file"};
  const auto vectors = embeddings.request(texts, {});
  REQUIRE(vectors);
  REQUIRE(vectors->vectors.size() == 2);
  CHECK(vectors->tokens > 0);
  CHECK(dot(vectors->vectors[0], text_vector("a mutex")) == Approx(1.0F));
  ChatClient wrong({provider->url + "/elsewhere", "none", {}});
  CHECK_FALSE(wrong.complete({{"user", "x"}}, 5, {}, nullptr));
}

}  // namespace looptape::tools::demo
