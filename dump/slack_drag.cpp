// Slack and drag, one family of siblings at a time, parents before their children; see the header.
//
// Why families are enough.  The length of a parent, as a function of the length d of one of its children, is
// max(a, b + d): the longest way around the child, and through it.  So d less by x makes the parent shorter by
// min(x, drag in the family), d more by x makes it longer by max(0, x − slack in the family), and the same holds one
// level up: the drag of a stage is the least of those on its way to the request, its slack their sum.
#include "dump/slack_drag.h"

#include <algorithm>
#include <queue>

#include "dump/stage_children.h"

namespace looptape::dump {
namespace {

struct Interval {
  std::int64_t start = 0, end = 0;
};

// One of the children of a stage, clipped to it.
struct Leg {
  std::int64_t start = 0, end = 0;
  std::uint32_t stage = kNoStage;
  std::int64_t ready = 0;  // the last of what it waited for had ended
  std::int64_t slack = 0, drag = 0;
  std::int64_t from_ready = 0;  // the longest way from `ready` through it to the parent's end
  std::int64_t later = 0;       // the longest such way through those that start after it
};

class Family {
 public:
  // `legs` end up in order of their starts.
  Family(Interval parent, std::vector<Leg>& legs) : parent_(parent), legs_(legs) {
    std::sort(legs.begin(), legs.end(), [](const Leg& a, const Leg& b) { return a.start < b.start; });
    for (std::uint32_t i = 0; i < legs.size(); ++i) by_end_.push_back(i);
    std::sort(by_end_.begin(), by_end_.end(), [&](auto a, auto b) { return legs[a].end < legs[b].end; });
  }

  // Each leg gets what it has of slack and drag in this family.
  void solve() {
    if (legs_.empty()) return;
    tail_ = parent_.end - legs_[by_end_.back()].end;
    find_ready();
    find_slack();
    find_later();
    find_drag();
  }

 private:
  void find_ready() {
    std::int64_t ready = parent_.start;
    auto ended = by_end_.begin();
    for (Leg& leg : legs_) {
      for (; legs_[*ended].end <= leg.start; ++ended) ready = legs_[*ended].end;
      leg.ready = ready;
    }
  }

  // The backward pass: whoever waited for a leg ends after it, so is known before it.
  void find_slack() {
    std::int64_t rest = tail_;  // the longest way from the end of the leg to the parent's
    std::size_t waited = legs_.size();
    for (auto each = by_end_.rbegin(); each != by_end_.rend(); ++each) {
      Leg& leg = legs_[*each];
      for (; waited > 0 && legs_[waited - 1].start >= leg.end; --waited)
        rest = std::max(rest, legs_[waited - 1].from_ready);
      leg.slack = parent_.end - leg.end - rest;
      leg.from_ready = leg.end - leg.ready + rest;
    }
  }

  void find_later() {
    std::int64_t later = 0;
    for (auto leg = legs_.rbegin(); leg != legs_.rend(); ++leg) {
      leg->later = later;
      later = std::max(later, leg->from_ready);
    }
  }

  // Every way around a leg leaves what had ended by its start, and goes on in one of those that were running then (the
  // longest such way is by their slack shorter than the parent) or in one that starts later.  One that goes on in none
  // is never longer than the way through the leg with no time spent in it.
  void find_drag() {
    const auto more_slack = [&](std::uint32_t a, std::uint32_t b) { return legs_[a].slack > legs_[b].slack; };
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(more_slack)> running(more_slack);
    for (std::uint32_t i = 0; i < legs_.size(); ++i) {
      Leg& leg = legs_[i];
      while (!running.empty() && legs_[running.top()].end <= leg.start) running.pop();
      leg.drag = std::min(leg.end - leg.start, parent_.end - leg.ready - leg.later);
      if (!running.empty()) leg.drag = std::min(leg.drag, legs_[running.top()].slack);
      running.push(i);
    }
  }

  Interval parent_;
  std::vector<Leg>& legs_;
  std::vector<std::uint32_t> by_end_;
  std::int64_t tail_ = 0;
};

void clip(std::span<const PathStage> stages, std::span<const std::uint32_t> children, Interval parent,
          std::vector<Leg>& legs) {
  legs.clear();
  for (const std::uint32_t child : children) {
    Leg leg;
    leg.start = std::max(parent.start, stages[child].start);
    leg.end = std::min(parent.end, stages[child].end);
    leg.stage = child;
    if (leg.end > leg.start) legs.push_back(leg);
  }
}

}  // namespace

SlackDrag slack_and_drag(std::span<const PathStage> stages) {
  SlackDrag result;
  result.slack.assign(stages.size(), 0);
  result.drag.assign(stages.size(), 0);
  if (stages.empty() || stages[0].end <= stages[0].start) return result;
  const StageChildren children(stages);
  struct Visit {
    std::uint32_t stage;
    Interval clipped;
  };
  result.drag[0] = stages[0].end - stages[0].start;
  std::vector<Visit> order{{0, {stages[0].start, stages[0].end}}};  // each stage is reached at most once
  std::vector<Leg> legs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Visit parent = order[i];
    clip(stages, children.of(parent.stage), parent.clipped, legs);
    Family(parent.clipped, legs).solve();
    for (const Leg& leg : legs) {
      result.slack[leg.stage] = result.slack[parent.stage] + leg.slack;
      result.drag[leg.stage] = std::min(result.drag[parent.stage], leg.drag);
      order.push_back({leg.stage, {leg.start, leg.end}});
    }
  }
  return result;
}

}  // namespace looptape::dump
