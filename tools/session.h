// What every command is run with: where its words go, which form they take, what time it is.
//
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"
#include "tools/progress.h"

namespace looptape::tools {

// Exit codes of the program.
inline constexpr int kFine = 0;
inline constexpr int kDataProblem = 1;  // something about the data: missing, damaged, unknown
inline constexpr int kWrongCall = 2;    // something about the arguments

struct Session {
  explicit Session(Progress::Pace pace) : progress(err, pace) {
    out.covered_by(&progress);
    err.covered_by(&progress);
  }

  Output out{stdout}, err{stderr};
  Progress progress;
  bool json = false;
  std::int64_t now_wall_ns = 0;
  int exit_code = kFine;

  // One line saying what is wrong with what, and what to do.  The worst code is the one the program ends with.
  void problem(std::string_view text, int code = kDataProblem) {
    err.line({{"looptape: ", Style::kBad}, {text, Style::kPlain}});
    if (code > exit_code) exit_code = code;
  }
  // One line that is worth knowing and changes nothing about how the program ends.
  void remark(std::string_view text) { err.line({{"looptape: ", Style::kFaint}, {text, Style::kPlain}}); }
};

}  // namespace looptape::tools
