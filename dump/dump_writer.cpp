// From a copy of a region to a durable tape: see dump_writer.h.
#include "dump/dump_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "dump/assembler.h"
#include "dump/clock_scale.h"
#include "dump/tape_writer.h"

namespace looptape::dump {
namespace {

class DescriptorOutput : public ByteOutput {
 public:
  explicit DescriptorOutput(int fd) : fd_(fd) {}
  IoError write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {errno != 0 ? errno : -1, std::string("write: ") + std::strerror(errno)};
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

 private:
  int fd_;
};

}  // namespace

DumpOutcome DumpWriter::write(const RegionCopy& copy, const Trigger& trigger) {
  const Process process = process_of(copy);
  char stamp[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  const std::string name = std::string(stamp) + "-" + process.host + "-" + std::to_string(process.pid) + "-" +
                           std::to_string(++written_) + "-" + trigger.name + ".tape";
  const std::string path = settings_.directory + "/" + name, temporary = settings_.directory + "/." + name + ".part";
  const int fd = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return {{}, "cannot create " + temporary + ": " + std::strerror(errno), false};
  DescriptorOutput output(fd);
  TapeWriter writer(output);
  assemble(copy, trigger, writer);
  bool ok = writer.finished() && ::fsync(fd) == 0;
  ::close(fd);
  ok = ok && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (ok) return {path, {}, false};
  ::unlink(temporary.c_str());
  return {{}, writer.error() ? writer.error().what : "cannot finish " + path, false};
}

}  // namespace looptape::dump
