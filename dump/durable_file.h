// Files that are whole or absent: written under a temporary name, synced, renamed, directory synced.
//
// One thread per object; several processes may share a directory.  Never throws, never follows a link,
// never replaces a file that is there.  A failure gives up cleanly: the temporary file is removed and an
// error says what failed on what.  What has been committed survives a power loss as far as the file
// system keeps its word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dump/durable_file_calls.h"
#include "dump/tape_io.h"

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

class DurableFile : public ByteOutput {
 public:
  explicit DurableFile(OutputDirectory& directory) : directory_(directory) {}
  ~DurableFile() override;  // gives up what was not committed
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  // Begins `name` under a temporary name, mode 0600.  Writing more than `most_bytes` (0: no limit), which is what
  // the limit of bytes leaves, is a failure.
  IoError create(const std::string& name, std::uint64_t most_bytes = 0);
  IoError write(std::span<const std::byte> bytes) override;
  // Makes it durable under its name.  After an error the file is absent, but for one case that the error
  // tells: it is in place and the directory could not be synced.
  IoError commit();
  // Removes the temporary file, if there is one.
  void give_up();

  bool committed() const { return committed_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // `why` in the place of what the system says of the code.
  IoError failed(const char* call, const std::string& name, int code, const std::string& why = {});
  int sync(int fd);
  int place();

  OutputDirectory& directory_;
  int fd_ = -1;
  std::string name_, temporary_;
  std::uint64_t bytes_ = 0, most_bytes_ = 0;
  bool committed_ = false;
};

// ---- names: <utc>-<host>-<pid>-<n>-<trigger>.tape, as in 20261124T033127Z-web1-4242-3-SIGUSR2.tape ----

struct TapeName {
  std::int64_t seconds = 0;  // since 1970, UTC
  std::string host;
  std::uint64_t pid = 0, n = 0;  // n: of the process's dumps
  std::string trigger;
  bool operator==(const TapeName&) const = default;
};

// Characters that do not belong in a file's name (and '-' in the trigger) become '_'; long parts are cut.
std::string tape_file_name(const TapeName& name);
// The parts of a name that tape_file_name() could have made.
std::optional<TapeName> parse_tape_file_name(std::string_view file_name);
// Of the temporary file that create() makes for such a name.
std::optional<TapeName> parse_temporary_name(std::string_view file_name);

}  // namespace looptape::dump
