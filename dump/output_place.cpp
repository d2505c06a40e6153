// Where a recorder's dumps go: see output_place.h.
#include "dump/output_place.h"

#include "core/state_directory.h"
#include "dump/output_directory.h"

namespace looptape::dump {

std::string output_place(const std::string& wanted, const std::string& service, std::string* problem) {
  const std::string candidates[] = {wanted, core::state_directory(), core::private_directory_in_tmp()};
  std::string wrong;
  for (const std::string& candidate : candidates) {
    // Others may write to /tmp: what is ours there is so from its first directory on.
    const bool in_tmp = &candidate == &candidates[2];
    std::string place = candidate + "/" + service;
    OutputDirectory above, directory;
    IoError error = in_tmp ? above.open(candidate) : IoError{};
    if (!error) error = directory.open(place);
    if (!error) {
      if (!wrong.empty()) *problem = "dumps go to " + place + ": " + wrong;
      return place;
    }
    if (wrong.find(error.what) == std::string::npos) wrong += (wrong.empty() ? "" : "; ") + error.what;
  }
  *problem = "dumps cannot be written: " + wrong;
  return {};
}

}  // namespace looptape::dump
