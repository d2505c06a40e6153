// One recorder for a whole benchmark program: see session.h.
#include "bench/session.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "bench/batch.h"

namespace looptape::bench {

Session::Session() {
  const char* const parent = ::getenv("TMPDIR");
  directory_ = std::string(parent != nullptr ? parent : "/tmp") + "/looptape-bench-XXXXXX";
  if (::mkdtemp(directory_.data()) == nullptr) {
    std::perror(directory_.c_str());
    std::exit(1);
  }
  renew();
}

Session::~Session() {
  recorder_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::unique_ptr<Session> Session::start_apart(const char* program) {
  pin(1 % cpus());  // threads begin where their maker is
  auto session = std::make_unique<Session>();
  pin(0);
  if (session->problem().empty()) return session;
  std::fprintf(stderr, "%s: %s\n", program, session->problem().c_str());
  return nullptr;
}

void Session::renew() {
  recorder_.reset();
  recorder_.emplace(Settings{.service = "bench", .directory = directory_});
}

std::string Session::problem() const {
  if (!recorder_->problem().empty()) return recorder_->problem();
  if (!recorder_->recording()) return "the recorder does not record";
  if (recorder_->region_path().empty()) return "the region is not in shared memory";
  return {};
}

}  // namespace looptape::bench
