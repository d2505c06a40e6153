// What is said of settings: the ranges, the limits of the disk, the name that was meant.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/disk_limits.h"
#include "core/setting_range.h"
#include "probes/environment_names.h"
#include "tests/probes/settings_place.h"

using namespace looptape;
using namespace looptape::testing;

TEST_CASE("the public header says the limits of the disk that recorders and the command keep to") {
  const Settings usual;
  CHECK(std::cmp_equal(usual.disk_bytes, core::kDiskBytes.usual));
  CHECK(std::cmp_equal(usual.disk_files, core::kDiskFiles.usual));
  CHECK(std::chrono::nanoseconds(usual.disk_age).count() == core::kDiskAge.usual);
  CHECK(std::cmp_equal(usual.disk_free_floor, core::kDiskFreeFloor.usual));
  std::ifstream header(LOOPTAPE_SOURCE_DIR "/probes/include/looptape/recorder.h");
  std::string comment;
  std::size_t found = 0;
  for (std::string line; std::getline(header, line);) {
    for (const auto& limit : {core::kDiskBytes, core::kDiskFiles, core::kDiskAge, core::kDiskFreeFloor})
      if (has(line, std::string(" ") + limit.setting + " = ")) {
        INFO(comment);
        const std::string usual_text = core::setting_value_text(limit.range.measure, limit.usual);
        CHECK(has(comment, ": " + core::range_text(limit.range) + ".  Default: " + usual_text + "."));
        ++found;
      }
    comment = line;
  }
  CHECK(found == 4);
}
