// Where the dumps of a service go; see the header.
#include "tools/service_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dump/dump_writer.h"
#include "tools/source.h"

namespace looptape::tools {
namespace {

namespace fs = std::filesystem;

bool plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// Empty, or what is wrong.
std::string make_directory(const std::string& directory) {
  std::error_code error;
  fs::create_directories(fs::path(directory).parent_path(), error);
  if (mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return "cannot make " + directory + ": " + std::strerror(errno);
}

void sync_directory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

dump::DumpOutcome write_service_dump(const dump::RegionCopy& copy, const dump::Trigger& trigger) {
  const std::string service = dump::process_of(copy).service;
  if (!plain_name(service)) return {{}, "the service's name is no name of a directory: " + service, false};
  const std::string directory = default_directory() + "/" + service;
  if (std::string problem = make_directory(directory); !problem.empty()) return {{}, problem, false};
  dump::DumpWriterSettings settings;
  settings.directory = directory;
  return dump::DumpWriter(settings).write(copy, trigger);
}

dump::DumpOutcome write_dump_as(const std::string& path, const dump::RegionCopy& copy, const dump::Trigger& trigger) {
  const fs::path parent = fs::path(path).parent_path();
  dump::DumpWriterSettings settings;
  settings.directory = parent.empty() ? "." : parent.string();
  dump::DumpOutcome outcome = dump::DumpWriter(settings).write(copy, trigger);
  if (outcome.path.empty()) return outcome;
  // The dump is durable under a name of its own; a second link makes it the wanted one or fails, never replaces.
  if (link(outcome.path.c_str(), path.c_str()) != 0) {
    outcome.error = "cannot write " + path + ": " + std::strerror(errno);
    unlink(outcome.path.c_str());
    outcome.path.clear();
    return outcome;
  }
  unlink(outcome.path.c_str());
  sync_directory(settings.directory);
  outcome.path = path;
  return outcome;
}

}  // namespace looptape::tools
