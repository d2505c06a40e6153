// ragdemo as a process of a test's own, on a small corpus, with a provider that takes no time.
//
// One thread starts and ends it; any may ask.
#pragma once

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/demo/temporary_directory.h"
#include "tools/demo/child_process.h"
#include "tools/demo/client/http_endpoint.h"
#include "tools/demo/server/bundled_provider.h"

namespace looptape::tools::demo {

inline void write_corpus(const TemporaryDirectory& directory) {
  directory.write("corpus/locks.txt",
                  "The function quux_lock acquires the lock of a quux. It blocks until no other "
                  "thread holds the lock, and returns zero on success.\n");
  directory.write("corpus/files.txt",
                  "The function quux_open opens a quux for reading. It returns a descriptor, or "
                  "minus one when the quux does not exist on this machine.\n");
  directory.write("corpus/names.h",
                  "/* The longest name a quux may have, in bytes and with its final zero, is given "
                  "by this constant of the library. */\n#define QUUX_NAME_MAX 64\n");
}

inline const std::string kProvider = LOOPTAPE_BIN_DIR "/ragdemo-provider";

// Nothing is paced here: the tests wait for nothing but work.
inline const std::vector<std::string> kFast = {"--first-token-ms", "0", "--token-us", "0", "--embed-ms", "0"};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Demo {
 public:
  explicit Demo(const std::vector<std::string>& more = {}, const std::vector<ChildProcess::Setting>& with = {}) {
    write_corpus(directory_);
    std::vector<std::string> arguments = {LOOPTAPE_BIN_DIR "/ragdemo",
                                          "--port",
                                          "0",
                                          "--index",
                                          path("index"),
                                          "--corpus",
                                          path("corpus"),
                                          "--output",
                                          path("dumps")};
    for (const std::string& option : kFast) arguments.push_back("--provider-option=" + option);
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = ChildProcess::start(arguments, true, {}, with);
    REQUIRE(process);
    process_.emplace(std::move(*process));
    const int port = port_in(process_->first_line());
    REQUIRE(port > 0);
    endpoint_ = std::make_unique<HttpEndpoint>("http://127.0.0.1:" + std::to_string(port));
    port_ = port;
  }

  int port() const { return port_; }

  HttpReply ask(const std::string& body, const HttpHeaders& headers = {}) {
    auto reply = endpoint_->post("/ask", body, headers);
    INFO(reply.error());
    REQUIRE(reply);
    return *reply;
  }

  std::size_t tapes() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path("dumps"))) {
      count += entry.path().extension() == ".tape" ? 1 : 0;
    }
    return count;
  }

  HttpEndpoint& endpoint() { return *endpoint_; }
  ChildProcess& process() { return *process_; }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

 private:
  TemporaryDirectory directory_;
  std::optional<ChildProcess> process_;
  std::unique_ptr<HttpEndpoint> endpoint_;
  int port_ = 0;
};

}  // namespace looptape::tools::demo
