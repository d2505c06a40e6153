// See pager.h.
#include "tools/pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

extern char** environ;

namespace looptape::tools {

bool Pager::start() {
  if (isatty(STDOUT_FILENO) != 1) return true;
  const char* const set = std::getenv("PAGER");
  const char* const command = set != nullptr && *set != '\0' ? set : "less -FRX";
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  const std::array<const char*, 4> arguments{"sh", "-c", command, nullptr};
  const bool started =
      posix_spawn(&pid_, "/bin/sh", &actions, nullptr, const_cast<char* const*>(arguments.data()), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[0]);
  const bool feeds = started && dup2(ends[1], STDOUT_FILENO) >= 0;
  close(ends[1]);
  if (feeds) {
    std::signal(SIGINT, SIG_IGN);  // the pager's: it ends when it is told to, and then this program does
  } else {
    if (started) waitpid(pid_, nullptr, 0);  // it got nothing and ends
    pid_ = -1;
  }
  return feeds;
}

void Pager::finish() {
  if (pid_ < 0) return;
  std::fflush(stdout);
  close(STDOUT_FILENO);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace looptape::tools
