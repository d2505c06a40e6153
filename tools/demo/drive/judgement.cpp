// See judgement.h.

#include "tools/demo/drive/judgement.h"

#include <algorithm>

namespace looptape::tools::demo {

std::string slowest_stage(const Verdict& verdict) {
  return verdict.stages.empty() ? "none" : verdict.stages.front().stage;
}

Judgement::Faults Judgement::phase(const std::string& name, const std::string& disturbed,
                                   const std::vector<Reply>& replies) {
  phases_.push_back({name, disturbed, {}, 0});
  for (const Reply& reply : replies) phases_.back().requests.insert(reply.request_id);
  if (failures(replies) > 0) return {"requests failed"};
  return {};
}

Judgement::Faults Judgement::dump(const Verdict& verdict) {
  const auto asked = std::find_if(phases_.begin(), phases_.end(),
                                  [&](const Phase& phase) { return phase.requests.count(verdict.request) != 0; });
  if (asked == phases_.end()) return {"it blames request " + verdict.request + ", which no phase asked"};
  ++asked->dumps;
  if (!asked->disturbed.empty() && slowest_stage(verdict) != asked->disturbed) {
    return {"it should be " + asked->disturbed};
  }
  return {};
}

Judgement::Faults Judgement::counts() const {
  Faults faults;
  for (const Phase& phase : phases_) {
    if (phase.disturbed.empty() && phase.dumps > 0) faults.push_back("the calm phase left a dump");
    if (!phase.disturbed.empty() && phase.dumps == 0) faults.push_back("no dump blames a request of: " + phase.name);
  }
  return faults;
}

}  // namespace looptape::tools::demo
