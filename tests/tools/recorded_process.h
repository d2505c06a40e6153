// A process that records, for the command to look at, and what the command says of it.
//
// One thread.  The process ends with its Server.
#pragma once

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/run_checks.h"

namespace looptape::test {

// A recorded process under a service name of its own.  Ends properly, if it still runs, at the end.
class Server {
 public:
  explicit Server(const Folder& folder, const char* how = nullptr)
      : service_("tools-test-" + std::to_string(getpid())) {
    int input[2], output[2];
    REQUIRE(pipe2(input, O_CLOEXEC) == 0);
    REQUIRE(pipe2(output, O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], 0);
      dup2(output[1], 1);
      setenv("LOOPTAPE_DIR", folder.path().c_str(), 1);
      if (how != nullptr && freopen("/dev/null", "w", stderr) == nullptr) _exit(126);  // what it says is expected
      execl(LOOPTAPE_TEST_BIN_DIR "/tools.recorded_server", "tools.recorded_server", service_.c_str(), how, nullptr);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    char ready[6] = {};
    REQUIRE(read(output[0], ready, 5) == 5);  // "ready", when everything is recorded
    close(output[0]);
  }
  ~Server() { let_it_end(); }
  void kill_it() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait_for_it();
  }
  // Killed, and not waited for: its id stays taken.
  void kill_it_unreaped() {
    ::kill(pid_, SIGKILL);
    siginfo_t information{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(pid_), &information, WEXITED | WNOWAIT) == 0);
  }
  void let_it_end() {
    if (input_ >= 0) close(input_);
    input_ = -1;
    wait_for_it();
  }
  std::string pid() const { return std::to_string(known_pid_ != 0 ? known_pid_ : pid_); }
  const std::string& service() const { return service_; }

 private:
  void wait_for_it() {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    if (pid_ > 0) known_pid_ = pid_;
    pid_ = -1;
    if (input_ >= 0) close(input_);
    input_ = -1;
  }
  std::string service_;
  pid_t pid_ = -1, known_pid_ = 0;
  int input_ = -1;
};

// The row that `ps` has for a service; null: none.
inline nlohmann::json listed(const Server& server) {
  const nlohmann::json document = parsed(test::looptape({"ps", "--json"}));
  for (const nlohmann::json& row : document["rows"]) {
    if (row["service"] == server.service()) return row;
  }
  return nullptr;
}

}  // namespace looptape::test
