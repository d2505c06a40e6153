// Critical path of one request: one backward sweep over the children of each stage; see the header.
//
// Pure; any thread.  Parents are swept before their children, iteratively: nesting never costs stack.
#include "dump/critical_path.h"

#include <algorithm>
#include <queue>

#include "dump/stage_children.h"

namespace looptape::dump {
namespace {

// Sweeps the windows that one stage was given, latest first, and hands their instants to its children or to
// the stage itself.
class Sweep {
 public:
  // `children` ends up ordered by what is taken first, last.
  Sweep(std::span<const PathStage> stages, std::uint32_t stage, std::span<std::uint32_t> children,
        std::vector<std::vector<PathSegment>>& windows, std::vector<PathSegment>& segments)
      : stages_(stages),
        stage_(stage),
        children_(children),
        windows_(windows),
        segments_(segments),
        left_(children.size()),
        running_(LaterStart{stages}) {
    std::sort(children.begin(), children.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (stages[a].end != stages[b].end) return stages[a].end < stages[b].end;
      if (stages[a].start != stages[b].start) return stages[a].start < stages[b].start;
      return a > b;
    });
  }

  void window(std::int64_t low, std::int64_t high) {
    std::int64_t now = high;
    // Clipped to the window, a child that runs past its end has ended exactly there: a tie with those that did.
    move_to_running([&](std::int64_t end) { return end >= high; });
    if (const std::uint32_t child = latest_running(now); child != kNoStage) now = give(child, low, now);
    while (now > low) {
      move_to_running([&](std::int64_t end) { return end > now; });
      const std::uint32_t ended = left_ > 0 ? children_[left_ - 1] : kNoStage;
      const std::int64_t until = ended != kNoStage ? std::max(low, stages_[ended].end) : low;
      if (until == now) {
        now = give(ended, low, now);
      } else if (const std::uint32_t child = latest_running(now); child != kNoStage) {
        now = give(child, until, now);
      } else {
        segments_.push_back({until, now, stage_});
        now = until;
      }
    }
  }

 private:
  struct LaterStart {
    std::span<const PathStage> stages;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      if (stages[a].start != stages[b].start) return stages[a].start < stages[b].start;
      return a > b;
    }
  };

  template <class Past>
  void move_to_running(Past past) {
    while (left_ > 0 && past(stages_[children_[left_ - 1]].end)) running_.push(children_[--left_]);
  }

  // Of the children that end after `now`, the one that started last before it.  Time only goes backwards, so
  // one that starts later than `now` is done with for good.
  std::uint32_t latest_running(std::int64_t now) {
    while (!running_.empty() && stages_[running_.top()].start >= now) running_.pop();
    return running_.empty() ? kNoStage : running_.top();
  }

  std::int64_t give(std::uint32_t child, std::int64_t low, std::int64_t high) {
    const std::int64_t from = std::max(low, stages_[child].start);
    windows_[child].push_back({from, high, child});
    return from;
  }

  std::span<const PathStage> stages_;
  std::uint32_t stage_;
  std::span<std::uint32_t> children_;
  std::vector<std::vector<PathSegment>>& windows_;
  std::vector<PathSegment>& segments_;
  std::size_t left_;  // children that ended at or before the current instant
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, LaterStart> running_;
};

// Length of the stage's interval that no child covers.  Children come in ascending order of their ends.
std::int64_t self_time(std::span<const PathStage> stages, std::uint32_t stage,
                       std::span<const std::uint32_t> children) {
  const PathStage& own = stages[stage];
  if (own.end <= own.start) return 0;
  std::int64_t uncovered = 0, now = own.end;
  // Backwards over the ends: what lies between `now` and the latest end below it is covered by nobody, once `now` is
  // the least start seen so far.
  for (auto child = children.rbegin(); child != children.rend() && now > own.start; ++child) {
    const std::int64_t end = std::max(own.start, stages[*child].end);
    if (end < now) uncovered += now - end, now = end;
    now = std::min(now, std::max(own.start, stages[*child].start));
  }
  return uncovered + std::max<std::int64_t>(0, now - own.start);
}

}  // namespace

CriticalPath critical_path(std::span<const PathStage> stages) {
  CriticalPath path;
  path.critical.assign(stages.size(), 0);
  path.self.assign(stages.size(), 0);
  if (stages.empty()) return path;
  StageChildren children(stages);
  std::vector<std::vector<PathSegment>> windows(stages.size());
  if (stages[0].end > stages[0].start) windows[0].push_back({stages[0].start, stages[0].end, 0});
  std::vector<std::uint32_t> order{0};  // parents before children; each is reached at most once
  std::vector<bool> swept(stages.size(), false);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t stage = order[i];
    swept[stage] = true;
    Sweep sweep(stages, stage, children.of(stage), windows, path.segments);
    for (const PathSegment& window : windows[stage]) sweep.window(window.start, window.end);
    std::vector<PathSegment>().swap(windows[stage]);
    path.self[stage] = self_time(stages, stage, children.of(stage));
    for (const std::uint32_t child : children.of(stage)) order.push_back(child);
  }
  for (std::uint32_t stage = 0; stage < stages.size(); ++stage) {
    if (!swept[stage] && stages[stage].end > stages[stage].start) {
      const auto own = children.of(stage);
      std::sort(own.begin(), own.end(),
                [&](std::uint32_t a, std::uint32_t b) { return stages[a].end < stages[b].end; });
      path.self[stage] = self_time(stages, stage, own);
    }
  }
  for (const PathSegment& segment : path.segments) path.critical[segment.stage] += segment.end - segment.start;
  std::sort(path.segments.begin(), path.segments.end(),
            [](const PathSegment& a, const PathSegment& b) { return a.start < b.start; });
  return path;
}

}  // namespace looptape::dump
