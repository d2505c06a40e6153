// A directory of our own, for files that nobody else reads or writes.
//
// One thread per object; several processes may share a directory.  Throws nothing but for want of memory, never follows
// a link.
#pragma once

#include <string>

#include "dump/durable_file_calls.h"
#include "dump/io_error.h"

namespace looptape::dump {

// A directory of our own: 0700, owned by us, not a link.  Everything in it is reached through its
// descriptor, so that it stays the same one whatever happens to its path.
class OutputDirectory {
 public:
  explicit OutputDirectory(FileCalls& calls = system_file_calls()) : calls_(calls) {}
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  // Makes what is missing of the path (each 0700), opens it and refuses it when somebody else could
  // write to it or read it.
  IoError open(const std::string& path);
  // As open(), but never makes anything.
  IoError open_existing(const std::string& path);

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  FileCalls& calls() const { return calls_; }

 private:
  bool is_directory(const std::string& path, int why) const;

  FileCalls& calls_;
  int fd_ = -1;
  std::string path_;
};

}  // namespace looptape::dump
