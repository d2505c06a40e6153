// The recorder that the benchmarks measure: default settings, region in shared memory, made through the public header.
//
// One thread at a time; one session per process.
#pragma once

#include <looptape/looptape.h>

#include <memory>
#include <optional>
#include <string>

namespace looptape::bench {

class Session {
 public:
  // The caller on the first CPU, the recorder's thread on another.  Null: said on stderr, in the name of `program`.
  static std::unique_ptr<Session> start_apart(const char* program);
  // Leaves nothing behind: what is dumped goes into a directory that ends with the session.
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // A new recording: every slot and chunk is as good as new.
  void renew();
  // Why its figures would not be what they claim to be (not recording, region not in shared memory, shrunk); empty: all
  // is well.
  std::string problem() const;
  Recorder& recorder() { return *recorder_; }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  std::optional<Recorder> recorder_;
};

}  // namespace looptape::bench
