// Runs the built `looptape` as people do, and makes tapes for it to read.
//
// One thread.  Each Folder is removed with everything in it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "dump/tape_writer.h"
#include "tests/tools/recording.h"

namespace looptape::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "looptape-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory for the test");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string tape_bytes(Recording& recording) {
  class Memory final : public dump::ByteOutput {
   public:
    dump::IoError write(std::span<const std::byte> bytes) override {
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return {};
    }
    std::string text;
  } memory;
  dump::TapeWriter writer(memory);
  recording.to(writer);
  if (!writer.finished()) throw std::runtime_error("the tape was not written: " + writer.error().what);
  return memory.text;
}

inline std::string write_tape(const Folder& folder, const std::string& name, Recording& recording) {
  const std::string path = folder / name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  write_file(path, tape_bytes(recording));
  return path;
}

struct Run {
  int code = -1;  // −signal when one ended it
  std::string out, err;
  std::size_t error_lines() const { return static_cast<std::size_t>(std::count(err.begin(), err.end(), '\n')); }
};

// Runs a program with these arguments; the environment is the test's own with `variables` ("NAME=value") added.
inline Run run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& variables = {}) {
  const Folder folder;
  const std::string out = folder / "out", err = folder / "err";
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(open(out.c_str(), O_CREAT | O_WRONLY, 0600), 1);
    dup2(open(err.c_str(), O_CREAT | O_WRONLY, 0600), 2);
    setenv("TZ", "UTC", 1);
    for (const std::string& variable : variables) putenv(const_cast<char*>(variable.c_str()));
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), contents(out), contents(err)};
}

inline Run looptape(const std::vector<std::string>& arguments, const std::vector<std::string>& variables = {}) {
  return run_program(LOOPTAPE_BIN_DIR "/looptape", arguments, variables);
}

// What `child` and the program it may become write to a terminal of so many columns (stdout and stderr together),
// without colours.  `child` runs in a process of its own and returns its exit code.
//
// The test holds the terminal open itself: when its last user closes it, what was not read yet may be gone.  So the
// end of the output is a mark that the test writes once the program has ended.
inline Run on_terminal(unsigned short columns, const std::vector<std::string>& variables,
                       const std::function<int()>& child_main) {
  constexpr std::string_view kEnd = "<end of the output>";
  winsize size{};
  size.ws_row = 50;
  size.ws_col = columns;
  int alive[2];
  const int reader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (reader < 0 || grantpt(reader) != 0 || unlockpt(reader) != 0 || pipe2(alive, O_CLOEXEC) != 0)
    throw std::runtime_error("no terminal for the test");
  const int terminal = open(ptsname(reader), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0 || ioctl(terminal, TIOCSWINSZ, &size) != 0) throw std::runtime_error("no terminal for the test");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(terminal, 1);
    dup2(terminal, 2);
    dup(alive[1]);  // stays open until the program ends
    setenv("TZ", "UTC", 1);
    setenv("NO_COLOR", "1", 1);
    unsetenv("COLUMNS");
    for (const std::string& variable : variables) putenv(const_cast<char*>(variable.c_str()));
    _exit(child_main());
  }
  close(alive[1]);
  Run run;
  pollfd events[2] = {{reader, POLLIN, 0}, {alive[0], POLLIN, 0}};
  while (!run.out.ends_with(kEnd)) {
    if (poll(events, 2, -1) < 0 && errno != EINTR) break;
    if (events[1].revents != 0) {
      events[1].fd = -1;
      events[1].revents = 0;
      if (write(terminal, kEnd.data(), kEnd.size()) < 0) break;
    }
    char buffer[4096];
    if (events[0].revents == 0) continue;
    const ssize_t got = read(reader, buffer, sizeof buffer);
    if (got <= 0) break;
    run.out.append(buffer, static_cast<std::size_t>(got));
  }
  for (const int fd : {reader, terminal, alive[0]}) close(fd);
  run.out.resize(run.out.size() - std::min(kEnd.size(), run.out.size()));
  std::erase(run.out, '\r');
  int status = 0;
  waitpid(child, &status, 0);
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return run;
}

inline std::vector<char*> argument_pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>("looptape")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return argv;
}

inline Run looptape_on_terminal(unsigned short columns, const std::vector<std::string>& arguments,
                                const std::vector<std::string>& variables = {}) {
  return on_terminal(columns, variables, [&] {
    execv(LOOPTAPE_BIN_DIR "/looptape", argument_pointers(arguments).data());
    return 127;
  });
}

}  // namespace looptape::test
