// Keys of --where that nobody has; see the header.
#include "tools/filter_keys.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <utility>

#include "core/likeness.h"
#include "tools/near_match.h"
#include "tools/request_view.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kMostKept = 4096;    // keys to choose the like ones from
constexpr std::size_t kMostCompared = 64;  // bytes of each

// Site and key as one number; of a request's own attributes there is no site.
using KeyNumbers = std::unordered_set<std::uint32_t>;
constexpr std::uint32_t kOfRequest = 0xffff;
std::uint32_t number(std::uint32_t site, std::uint16_t key) { return site << 16 | key; }

void add_attributes(std::uint32_t site, std::span<const TraceAttribute> attributes, KeyNumbers& numbers) {
  for (const TraceAttribute& attribute : attributes) numbers.insert(number(site, attribute.key));
}

// Everything that --where may name of the requests in a part, but what every request has.
std::set<std::string> keys_of(const Trace& trace) {
  std::set<std::string> keys;
  KeyNumbers numbers;
  const RequestViewer viewer(trace);
  for (std::uint32_t i = 0; i < trace.requests().size(); ++i) {
    for (const auto& [kind, id] : viewer.head(i).external_ids) keys.insert(kind);
    const TraceRequest& request = trace.requests()[i];
    add_attributes(kOfRequest, trace.attributes_of_request(request.number), numbers);
    for (const std::uint32_t each : trace.stages_of(request)) {
      const TraceStage& stage = trace.stages()[each];
      add_attributes(stage.site, trace.attributes_of_stage(stage.stream, stage.start), numbers);
    }
  }
  for (const std::uint32_t each : numbers) {
    std::string key(trace.name_text(static_cast<std::uint16_t>(each & 0xffff)));
    const std::uint32_t site = each >> 16;
    if (site != kOfRequest)
      key = std::string(trace.name_text(static_cast<std::uint16_t>(site))).append(".").append(key);
    keys.insert(std::move(key));
  }
  return keys;
}

}  // namespace

FilterKeys::FilterKeys(const RequestFilter& filter) {
  for (const Condition& condition : filter.conditions) {
    const bool known =
        is_own_key(condition.key) || std::find(missing_.begin(), missing_.end(), condition.key) != missing_.end();
    if (!known) missing_.push_back(condition.key);
  }
}

void FilterKeys::take(const Trace& trace) {
  any_request_ = any_request_ || !trace.requests().empty();
  if (missing_.empty()) return;
  std::set<std::string> keys = keys_of(trace);
  std::erase_if(missing_, [&](const std::string& key) { return keys.contains(key); });
  if (!missing_.empty() && there_.size() < kMostKept) there_.merge(keys);
}

void FilterKeys::say_unknown(std::string_view command, Session& session) const {
  if (!any_request_) return;  // nothing has any key
  for (const std::string& key : missing_) {
    Nearest nearest;
    const auto offer = [&](std::string_view known) {
      const auto far = core::remoteness(std::string_view(key).substr(0, kMostCompared), known.substr(0, kMostCompared));
      if (far) nearest.offer(*far, std::string(known));
    };
    for (const std::string_view known : own_keys()) offer(known);
    for (const std::string& known : there_) {
      if (!identifies_request(known)) offer(known);  // these have a name that people type
    }
    std::string text = std::string(command) + ": --where " + key + ": no request in what was read has that";
    const std::vector<std::string> near = nearest.texts();
    if (near.empty()) text += "; `looptape " + std::string(command) + " --help` says what KEY may be";
    if (!near.empty()) text += "; near it:";
    for (const std::string& each : near) text += " " + each;
    session.problem(text);
  }
}

}  // namespace looptape::tools
