// What a SOURCE argument names; see the header.
#include "tools/source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/state_directory.h"
#include "looptape/core/layout.h"

namespace looptape::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTapeSuffix = ".tape", kProcessPrefix = "pid:";

bool is_region(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, sizeof core::kRegionMagic> bytes{};
  file.read(bytes.data(), bytes.size());
  std::uint64_t magic = 0;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return file.gcount() == static_cast<std::streamsize>(bytes.size()) && magic == core::kRegionMagic;
}

// The tapes of a directory and of the directories in it (services), by name.
void add_directory(const std::string& directory, Sources& sources) {
  std::vector<std::string> tapes;
  std::error_code error;
  const auto add_tapes = [&](const fs::path& place, bool with_services, auto&& self) -> void {
    for (fs::directory_iterator each(place, error), end; !error && each != end; each.increment(error)) {
      std::error_code ignored;
      if (each->is_directory(ignored) && !each->is_symlink(ignored)) {
        if (with_services) self(each->path(), false, self);
      } else if (each->path().extension() == kTapeSuffix && each->is_regular_file(ignored)) {
        tapes.push_back(each->path().string());
      }
    }
    if (error) {
      sources.problems.push_back(place.string() + ": cannot list it: " + error.message());
      error.clear();
    }
  };
  add_tapes(directory, true, add_tapes);
  std::sort(tapes.begin(), tapes.end());
  for (const std::string& tape : tapes) sources.found.push_back({Source::Kind::kTape, tape, 0, tape});
}

void add_path(const std::string& argument, Sources& sources) {
  std::error_code error;
  const fs::file_status status = fs::status(argument, error);
  if (!fs::exists(status)) {
    if (parse_process_id(argument)) {
      sources.misuses.push_back(argument + ": no such file; a running process is written pid:" + argument);
      return;
    }
    const bool plain_absence = !error || error == std::errc::no_such_file_or_directory;
    sources.problems.push_back(argument + ": " + (plain_absence ? "no such file or directory" : error.message()) +
                               "; give a tape, a directory of tapes, a region or pid:N");
    return;
  }
  if (fs::is_directory(status)) {
    const std::size_t before = sources.found.size() + sources.problems.size();
    add_directory(argument, sources);
    if (sources.found.size() + sources.problems.size() == before) {
      sources.problems.push_back(argument + ": no tape (*.tape) in this directory");
    }
  } else if (!fs::is_regular_file(status)) {
    sources.problems.push_back(argument + ": neither a file nor a directory");
  } else {
    const auto kind = is_region(argument) ? Source::Kind::kRegion : Source::Kind::kTape;
    sources.found.push_back({kind, argument, 0, argument});
  }
}

}  // namespace

std::optional<std::uint64_t> parse_process_id(std::string_view text) {
  std::uint64_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || pid == 0 || pid > 0x7fff'ffff) {
    return std::nullopt;
  }
  return pid;
}

std::string default_directory() {
  const char* const own = std::getenv("LOOPTAPE_DIR");
  return own != nullptr && *own != '\0' ? own : core::state_directory();
}

Sources resolve_sources(const std::vector<std::string>& arguments) {
  Sources sources;
  if (arguments.empty()) {
    const std::string directory = default_directory();
    std::error_code error;
    if (!fs::exists(directory, error)) {
      sources.problems.push_back("nothing to read: " + directory +
                                 " does not exist; give a tape, a directory or pid:N, or set LOOPTAPE_DIR");
    } else {
      add_path(directory, sources);
    }
    return sources;
  }
  for (const std::string& argument : arguments) {
    if (argument.starts_with(kProcessPrefix)) {
      const auto pid = parse_process_id(std::string_view(argument).substr(kProcessPrefix.size()));
      if (pid) {
        sources.found.push_back({Source::Kind::kProcess, {}, *pid, argument});
      } else {
        sources.misuses.push_back(argument + ": not a process id; a running process is written pid:1234");
      }
    } else {
      add_path(argument, sources);
    }
  }
  return sources;
}

bool looks_like_source(std::string_view argument) {
  if (argument.starts_with(kProcessPrefix) || argument.ends_with(kTapeSuffix) ||
      argument.find('/') != std::string_view::npos) {
    return true;
  }
  std::error_code error;
  return fs::exists(fs::path(argument), error);
}

}  // namespace looptape::tools
