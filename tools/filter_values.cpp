// Values that nobody has; see the header.
#include "tools/filter_values.h"

#include <algorithm>
#include <utility>

#include "core/likeness.h"

namespace looptape::tools {
namespace {

constexpr std::size_t kMostKnown = 4096;    // values to choose the like ones from
constexpr std::size_t kLongestKnown = 256;  // bytes of one; a longer one is like nothing that people type

// What people mistype most is the case.
std::string lower_case(std::string_view text) {
  std::string result(text.substr(0, kLongestKnown));
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

}  // namespace

FilterValues::FilterValues(const RequestFilter& filter) {
  const auto add = [&](std::string option, const std::string& key, const std::string& value) {
    const bool known = std::any_of(missing_.begin(), missing_.end(),
                                   [&](const Missing& each) { return each.key == key && each.value == value; });
    if (!known) missing_.push_back({std::move(option), key, value});
  };
  if (!filter.kind.empty()) add("--request-kind " + filter.kind, "kind", filter.kind);
  for (const Condition& condition : filter.conditions) {
    // The possible statuses are known beforehand, and trace ids are like each other by chance.
    const bool open = is_own_key(condition.key) && condition.key != "status" && condition.key != "trace_id";
    if (open && condition.equal)
      add("--where " + condition.key + "=" + condition.value, condition.key, condition.value);
  }
}

void FilterValues::see(const RequestHead& head) {
  any_request_ = true;
  std::erase_if(missing_, [&](Missing& each) {
    std::string known = own_value(head, each.key);
    if (known == each.value) return true;
    compare(each, std::move(known));
    return false;
  });
}

void FilterValues::compare(Missing& missing, std::string known) {
  if (missing.compared.size() >= kMostKnown || known.size() > kLongestKnown) return;
  const auto [place, is_new] = missing.compared.insert(std::move(known));
  if (!is_new) return;
  if (const auto far = core::remoteness(lower_case(missing.value), lower_case(*place)))
    missing.near.offer(*far, *place);
}

void FilterValues::say_unknown(std::string_view command, Session& session) const {
  if (!any_request_) return;  // nothing has any value
  for (const Missing& each : missing_) {
    std::string text = std::string(command) + ": " + each.option + ": no request in what was read has that value";
    const std::vector<std::string> near = each.near.texts();
    for (std::size_t i = 0; i < near.size(); ++i) text += (i == 0 ? "; near it: " : ", ") + near[i];
    if (each.key == "user") text += "; user ids are kept as hashes unless the recorder was told otherwise";
    session.remark(text);
  }
}

}  // namespace looptape::tools
