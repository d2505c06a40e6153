// See child_process.h.

#include "tools/demo/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

extern char** environ;

namespace looptape::tools::demo {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment(const std::string& without_prefix,
                                     const std::vector<ChildProcess::Setting>& with) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const bool dropped = !without_prefix.empty() && text.starts_with(without_prefix);
    const bool replaced = std::any_of(with.begin(), with.end(), [&text](const ChildProcess::Setting& setting) {
      return text.starts_with(setting.name + "=");
    });
    if (!dropped && !replaced) result.push_back(text);
  }
  for (const auto& setting : with) result.push_back(setting.name + "=" + setting.value);
  return result;
}

// The child starts with no signal blocked, whatever this thread has blocked.
void clear_signal_mask(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
}

}  // namespace

Outcome<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments, bool read_stdout,
                                          const std::string& without_prefix, const std::vector<Setting>& with) {
  int ends[2] = {-1, -1};
  if (read_stdout && pipe2(ends, O_CLOEXEC) != 0) {
    return Outcome<ChildProcess>::failure(std::string("pipe: ") + std::strerror(errno));
  }
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = environment(without_prefix, with);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  clear_signal_mask(attributes);
  if (read_stdout) posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ChildProcess child;
  const int error = posix_spawn(&child.pid_, arguments[0].c_str(), &actions, &attributes,
                                pointers(argument_texts).data(), pointers(environment_texts).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (read_stdout) ::close(ends[1]);
  child.stdout_ = ends[0];
  if (error != 0) {
    child.pid_ = -1;
    return Outcome<ChildProcess>::failure(arguments[0] + ": " + std::strerror(error));
  }
  return child;
}

ChildProcess::~ChildProcess() {
  stop();
  if (stdout_ >= 0) ::close(stdout_);
}

std::string ChildProcess::first_line() {
  std::string line;
  char c = 0;
  while (stdout_ >= 0) {
    const ssize_t got = ::read(stdout_, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    line.push_back(c);
  }
  return line;
}

std::string ChildProcess::all_output() {
  std::string output;
  char block[4096];
  while (stdout_ >= 0) {
    const ssize_t got = ::read(stdout_, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    output.append(block, static_cast<std::size_t>(got));
  }
  return output;
}

int ChildProcess::stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  return wait();
}

int ChildProcess::wait() {
  if (pid_ <= 0) return status_;
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status_;
}

bool ChildProcess::running() {
  if (pid_ <= 0) return false;
  if (::waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

std::string own_directory() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

}  // namespace looptape::tools::demo
