// Where recordings are kept when nobody says where: see state_directory.h.
#include "core/state_directory.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace looptape::core {

std::string private_directory_in_tmp() { return "/tmp/looptape-" + std::to_string(::geteuid()); }

std::string state_directory() {
  const auto variable = [](const char* name) -> std::string {
    const char* const value = ::secure_getenv(name);
    return value != nullptr ? value : "";
  };
  if (const std::string state = variable("XDG_STATE_HOME"); !state.empty()) return state + "/looptape";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.local/state/looptape";
  std::array<char, 4096> text;
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, text.data(), text.size(), &found) == 0 && found != nullptr)
    return std::string(found->pw_dir) + "/.local/state/looptape";
  return private_directory_in_tmp();
}

}  // namespace looptape::core
