// What the quickstart demands of its phases and of the dumps that appeared, from what was seen of them.
//
// One thread. Looks at nothing itself: whoever calls it has read the dumps.

#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tools/demo/drive/load.h"
#include "tools/demo/drive/tapes.h"

namespace looptape::tools::demo {

// The stage that took most of the request's time; "none" when it had none.
std::string slowest_stage(const Verdict& verdict);

class Judgement {
 public:
  using Faults = std::vector<std::string>;  // empty: all as it should be

  // A phase is over, with these replies. `disturbed` is the stage that it disturbs; empty for a calm one.
  Faults phase(const std::string& name, const std::string& disturbed, const std::vector<Reply>& replies);

  // A dump appeared, during whichever phase. It counts for the one that asked what it blames.
  Faults dump(const Verdict& verdict);

  // Once all phases are over: a dump may be written a little after its phase.
  Faults counts() const;

 private:
  struct Phase {
    std::string name;
    std::string disturbed;
    std::set<std::string> requests;
    std::size_t dumps = 0;
  };

  std::vector<Phase> phases_;
};

}  // namespace looptape::tools::demo
