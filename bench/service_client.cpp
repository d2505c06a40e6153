// Sends each question when it is due: see service_client.h.
#include "bench/service_client.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <looptape/core/clock.h>
#include "bench/batch.h"

namespace looptape::bench {

Service::Service(Serve serve, const Vectors& vectors) {
  std::array<std::array<int, 2>, ServiceSockets::kWorkers + 1> pairs{};
  for (auto& pair : pairs) {
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return;
  }
  ServiceSockets theirs;
  for (unsigned i = 0; i < ServiceSockets::kWorkers; ++i) {
    ours_.worker[i] = pairs[i][0];
    theirs.worker[i] = pairs[i][1];
  }
  ours_.control = pairs.back()[0];
  theirs.control = pairs.back()[1];
  child_ = ::fork();
  if (child_ == 0) {
    for (const auto& pair : pairs) ::close(pair[0]);
    pin(1 % cpus());
    ::_exit(serve(theirs, vectors));
  }
  for (const auto& pair : pairs) ::close(pair[1]);
}

Service::~Service() {
  if (child_ <= 0) return;
  const Command end = Command::kEnd;
  ::send(ours_.control, &end, sizeof end, MSG_NOSIGNAL);
  ::waitpid(child_, nullptr, 0);
  for (const int socket : ours_.worker) ::close(socket);
  ::close(ours_.control);
}

std::optional<std::uint64_t> Service::ask(Command command) const {
  std::uint64_t reply = 0;
  if (child_ <= 0 || ::send(ours_.control, &command, sizeof command, MSG_NOSIGNAL) < 0 ||
      ::recv(ours_.control, &reply, sizeof reply, 0) != static_cast<ssize_t>(sizeof reply))
    return std::nullopt;
  return reply;
}

std::optional<std::uint64_t> Turn::run(unsigned questions, bool with_dump) {
  const auto before = service_.ask(Command::kWorkersCpu);
  const std::uint64_t begin = core::read_counter();
  for (unsigned i = 0; i < questions; ++i) {
    const std::uint64_t due = begin + static_cast<std::uint64_t>(step_ * i);
    while (core::read_counter() < due) {
      if (!collect()) return std::nullopt;
    }
    const Question question{i};
    if (::send(service_.worker(i), &question, sizeof question, MSG_NOSIGNAL) < 0) return std::nullopt;
    due_[i % ServiceSockets::kWorkers].push_back(due);
    if (with_dump && i == questions / 2 && service_.ask(Command::kDump) != 1) return std::nullopt;
  }
  for (const auto& due : due_) {
    while (!due.empty()) {
      if (!collect()) return std::nullopt;
    }
  }
  const auto after = service_.ask(Command::kWorkersCpu);
  if (!before || !after) return std::nullopt;
  return *after - *before;
}

// Takes what has been answered.  False: the service is gone.
bool Turn::collect() {
  for (unsigned w = 0; w < ServiceSockets::kWorkers; ++w) {
    if (due_[w].empty()) continue;
    Answer answer;
    const ssize_t got = ::recv(service_.worker(w), &answer, sizeof answer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got != static_cast<ssize_t>(sizeof answer)) return false;
    latencies_.add(core::read_counter() - due_[w].front());
    due_[w].pop_front();
  }
  return true;
}

}  // namespace looptape::bench
