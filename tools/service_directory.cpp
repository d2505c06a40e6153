// Where the dumps of a service go; see the header.
#include "tools/service_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "dump/dump_writer.h"
#include "tools/source.h"

namespace looptape::tools {
namespace {

namespace fs = std::filesystem;

// As recorders leave it unless they are told otherwise: the command knows none of their settings.
constexpr std::uint64_t kFreeFloor = std::uint64_t{256} << 20;

bool plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
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
  dump::DumpWriterSettings settings;
  settings.directory = directory;
  settings.free_floor = kFreeFloor;
  return dump::DumpWriter(settings).write(copy, trigger);
}

dump::DumpOutcome write_dump_as(const std::string& path, const dump::RegionCopy& copy, const dump::Trigger& trigger) {
  const fs::path parent = fs::path(path).parent_path();
  const std::string place = parent.empty() ? "." : parent.string();
  // Dumps are written into directories that are nobody else's: one of our own beside the wanted file.
  std::string own = place + "/.looptape-XXXXXX";
  if (mkdtemp(own.data()) == nullptr) return {{}, "cannot write into " + place + ": " + std::strerror(errno), false};
  dump::DumpWriterSettings settings;
  settings.directory = own;
  dump::DumpOutcome outcome = dump::DumpWriter(settings).write(copy, trigger);
  // A second link to the finished dump makes it the wanted file or fails; it never replaces one.
  if (!outcome.path.empty() && link(outcome.path.c_str(), path.c_str()) != 0) {
    outcome = {{}, "cannot make " + path + ": " + std::strerror(errno), false};
  } else if (!outcome.path.empty()) {
    sync_directory(place);
    outcome.path = path;
  }
  std::error_code ignored;
  fs::remove_all(own, ignored);
  return outcome;
}

}  // namespace looptape::tools
