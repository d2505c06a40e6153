// Slack and drag, by example and against a replay of the request with one stage changed.
#include "dump/slack_drag.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "tests/dump/analysis/random_tree.h"

using looptape::dump::critical_path;
using looptape::dump::kNoStage;
using looptape::dump::PathStage;
using looptape::dump::slack_and_drag;
using looptape::dump::SlackDrag;
using looptape::test::random_nested_tree;
using looptape::test::random_tree;

namespace {

using Figures = std::vector<std::int64_t>;

// The model, literally: the request goes off again, and each stage begins when what it waited for has ended. Everything
// is looked for among all stages, and nothing is kept between two replays.
class Replay {
 public:
  explicit Replay(const std::vector<PathStage>& stages) : clipped_(stages), there_(stages.size(), false) { place(0); }

  // When the request ends if `changed` takes so long as `length` makes of its length.
  std::int64_t end(std::uint32_t changed, const std::function<std::int64_t(std::int64_t)>& length) const {
    return there_[0] ? run(0, clipped_[0].start, changed, length) : clipped_[0].end;
  }
  bool there(std::uint32_t stage) const { return there_[stage]; }
  std::int64_t length(std::uint32_t stage) const { return clipped_[stage].end - clipped_[stage].start; }

 private:
  void place(std::uint32_t parent) {
    there_[parent] = length(parent) > 0;
    for (std::uint32_t i = 1; there_[parent] && i < clipped_.size(); ++i) {
      if (clipped_[i].parent != parent) continue;
      clipped_[i].start = std::max(clipped_[i].start, clipped_[parent].start);
      clipped_[i].end = std::min(clipped_[i].end, clipped_[parent].end);
      place(i);
    }
  }

  std::int64_t run(std::uint32_t stage, std::int64_t at, std::uint32_t changed,
                   const std::function<std::int64_t(std::int64_t)>& length) const {
    std::vector<std::uint32_t> children;
    for (std::uint32_t i = 1; i < clipped_.size(); ++i) {
      if (there_[i] && clipped_[i].parent == stage) children.push_back(i);
    }
    std::sort(children.begin(), children.end(),
              [&](std::uint32_t a, std::uint32_t b) { return clipped_[a].start < clipped_[b].start; });
    std::vector<std::int64_t> ends(clipped_.size());
    std::int64_t was_last = clipped_[stage].start, last = at;
    for (const std::uint32_t child : children) {
      std::int64_t was_ready = clipped_[stage].start, ready = at;
      for (const std::uint32_t before : children) {
        if (clipped_[before].end > clipped_[child].start) continue;
        was_ready = std::max(was_ready, clipped_[before].end);
        ready = std::max(ready, ends[before]);
      }
      ends[child] = run(child, ready + clipped_[child].start - was_ready, changed, length);
      was_last = std::max(was_last, clipped_[child].end);
      last = std::max(last, ends[child]);
    }
    const std::int64_t end = last + clipped_[stage].end - was_last;
    return stage == changed ? at + length(end - at) : end;
  }

  std::vector<PathStage> clipped_;
  std::vector<bool> there_;
};

// How much of what is checked has occurred: a check of nothing proves nothing.
struct Seen {
  int slack = 0, part = 0, whole = 0, neither = 0;
};

void check_against_replay(const std::vector<PathStage>& stages, Seen& seen) {
  const Replay replay(stages);
  const SlackDrag found = slack_and_drag(stages);
  const std::int64_t end = stages[0].end;
  REQUIRE(replay.end(kNoStage, {}) == end);
  for (std::uint32_t i = 0; i < stages.size(); ++i) {
    CAPTURE(i);
    if (!replay.there(i)) {
      REQUIRE((found.slack[i] == 0 && found.drag[i] == 0));
      continue;
    }
    const std::int64_t length = replay.length(i), slack = found.slack[i], drag = found.drag[i];
    const auto ends_by = [&](std::int64_t change) {
      return replay.end(i, [&](std::int64_t was) { return was + change; }) - end;
    };
    // Longer than any slack.
    REQUIRE(ends_by(1000) == 1000 - slack);
    REQUIRE(end - replay.end(i, [](std::int64_t) { return 0; }) == drag);
    for (const std::int64_t x : {std::int64_t{1}, length / 2, length - 1}) {
      REQUIRE(ends_by(-x) == -std::min(x, drag));
      REQUIRE(ends_by(x) == std::max<std::int64_t>(0, x - slack));
    }
    (slack > 0 ? seen.slack : drag == 0 ? seen.neither : drag < length ? seen.part : seen.whole) += 1;
  }
}

// Of every stage its own figure and those of all below it.
Figures with_all_below(const std::vector<PathStage>& stages, Figures figures) {
  for (auto i = static_cast<std::uint32_t>(stages.size() - 1); i > 0; --i) figures[stages[i].parent] += figures[i];
  return figures;
}

void check_bounds(const std::vector<PathStage>& stages) {
  const SlackDrag found = slack_and_drag(stages);
  const Figures critical = with_all_below(stages, critical_path(stages).critical);
  REQUIRE(found.slack[0] == 0);
  REQUIRE(found.drag[0] == stages[0].end - stages[0].start);
  for (std::uint32_t i = 0; i < stages.size(); ++i) {
    CAPTURE(i);
    REQUIRE(found.slack[i] >= 0);
    REQUIRE(found.drag[i] >= 0);
    REQUIRE((found.slack[i] == 0 || found.drag[i] == 0));
    REQUIRE(found.drag[i] <= critical[i]);
    if (i == 0 || (found.slack[i] == 0 && found.drag[i] == 0)) continue;
    REQUIRE(found.slack[i] >= found.slack[stages[i].parent]);
    REQUIRE(found.drag[i] <= found.drag[stages[i].parent]);
  }
}

Figures slack_of(const std::vector<PathStage>& stages) { return slack_and_drag(stages).slack; }
Figures drag_of(const std::vector<PathStage>& stages) { return slack_and_drag(stages).drag; }

}  // namespace

TEST_CASE("without rerank 80-100 a request 0-100 would have ended with retrieve, at 90") {
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {0, 90, 0}, {80, 100, 0}};
  CHECK(slack_of(stages) == Figures{0, 10, 0});
  CHECK(drag_of(stages) == Figures{100, 0, 10});
}

TEST_CASE("on random trees slack and drag are what a replay with the stage longer, shorter or gone gives") {
  std::mt19937 random(20261201);
  Seen seen;
  for (int round = 0; round < 3'000; ++round) {
    CAPTURE(round);
    check_against_replay(random_tree(random), seen);
    check_against_replay(random_nested_tree(random), seen);
  }
  for (const int times : {seen.slack, seen.part, seen.whole, seen.neither}) CHECK(times > 1'000);
}

TEST_CASE("no stage has both, none has less slack or more drag than its parent, or more drag than critical time") {
  std::mt19937 random(20261202);
  for (int round = 0; round < 10'000; ++round) {
    CAPTURE(round);
    check_bounds(random_tree(random));
    check_bounds(random_nested_tree(random));
  }
}

TEST_CASE("stages one after the other have all their time as drag, the gaps between them stay") {
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {10, 30, 0}, {40, 90, 0}};
  CHECK(slack_of(stages) == Figures{0, 0, 0});
  CHECK(drag_of(stages) == Figures{100, 20, 50});
}

TEST_CASE("of two stages that begin and end together neither has slack or drag") {
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {20, 80, 0}, {20, 80, 0}};
  CHECK(slack_of(stages) == Figures{0, 0, 0});
  CHECK(drag_of(stages) == Figures{100, 0, 0});
}

TEST_CASE("a stage that others waited for has the least of their slack") {
  // The first of two legs: what waited for it, 40-60, could have ended at 90; the whole other leg is 0-90.
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {0, 30, 0}, {40, 60, 0}, {0, 90, 0}};
  CHECK(slack_of(stages) == Figures{0, 30, 30, 0});
  // Without the other leg the first, its lag and what waited for it would have ended at 60.
  CHECK(drag_of(stages) == Figures{100, 0, 0, 30});
}

TEST_CASE("what a stage saves inside its parent counts only as far as the parent saves the request something") {
  // In its parent 0-60 the stage 0-50 saves 40, to the end of 0-10; the parent itself only 20, to the end of 20-40.
  const std::vector<PathStage> stages{{0, 60, kNoStage}, {0, 60, 0}, {20, 40, 0}, {0, 50, 1}, {0, 10, 1}};
  CHECK(drag_of(stages) == Figures{60, 20, 0, 20, 0});
  CHECK(slack_of(stages) == Figures{0, 0, 20, 0, 40});
}

TEST_CASE("slack adds up from the parent down") {
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {0, 70, 0}, {0, 100, 0}, {10, 50, 1}, {10, 70, 1}};
  CHECK(slack_of(stages) == Figures{0, 30, 0, 50, 30});
  CHECK(drag_of(stages) == Figures{100, 0, 30, 0, 0});
}

TEST_CASE("a stage that outlives its parent counts only inside it, in slack and drag too") {
  const std::vector<PathStage> stages{{0, 100, kNoStage}, {70, 500, 0}, {90, 400, 1}, {0, 60, 0}};
  CHECK(drag_of(stages) == Figures{100, 30, 10, 60});
}

TEST_CASE("what lies outside its parent, has no length or is below such a stage has no slack and no drag") {
  const std::vector<PathStage> stages{{100, 200, kNoStage}, {0, 90, 0},  {210, 300, 0}, {150, 150, 0},
                                      {140, 160, 3},        {10, 20, 1}, {160, 150, 0}};
  CHECK(slack_of(stages) == Figures(stages.size(), 0));
  CHECK(drag_of(stages) == Figures{100, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("circles of parents, parents out of range and requests of no length have no slack and no drag") {
  CHECK(drag_of({{0, 100, kNoStage}, {0, 50, 2}, {0, 50, 1}, {0, 50, 99}, {0, 50, 4}}) == Figures{100, 0, 0, 0, 0});
  CHECK(slack_of({{0, 100, kNoStage}, {0, 50, 2}, {0, 50, 1}, {0, 50, 99}, {0, 50, 4}}) == Figures(5, 0));
  CHECK(drag_of({{7, 7, kNoStage}, {0, 90, 0}}) == Figures{0, 0});
  CHECK(drag_of({{7, 3, kNoStage}, {0, 90, 0}}) == Figures{0, 0});
  CHECK(drag_of({}).empty());
}

TEST_CASE("a hundred thousand siblings, one after the other or all at once, and as many levels have their drag") {
  constexpr std::int64_t kMany = 100'000;
  std::vector<PathStage> row{{0, kMany, kNoStage}}, beside{{0, 2 * kMany, kNoStage}}, deep{{0, 2 * kMany, kNoStage}};
  for (std::int64_t i = 0; i < kMany; ++i) {
    row.push_back({i, i + 1, 0});
    beside.push_back({i, i + kMany + 1, 0});
    deep.push_back({i, 2 * kMany - i, static_cast<std::uint32_t>(i)});
  }
  Figures all(row.size(), 1);
  all[0] = kMany;
  CHECK(drag_of(row) == all);
  CHECK(drag_of(beside).back() == 1);
  CHECK(slack_of(beside)[1] == kMany - 1);
  CHECK(drag_of(deep).back() == 2);
}
