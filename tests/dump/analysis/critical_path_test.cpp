// The critical path of a request, by example and against its definition instant by instant.
#include "dump/critical_path.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <set>

#include "tests/dump/analysis/random_tree.h"

using looptape::dump::critical_path;
using looptape::dump::CriticalPath;
using looptape::dump::kNoStage;
using looptape::dump::PathSegment;
using looptape::dump::PathStage;
using looptape::test::random_tree;

namespace {

// The definition, literally: an owner for each nanosecond of a window, children compared one by one.
class Definition {
 public:
  explicit Definition(const std::vector<PathStage>& stages) : stages_(stages) {
    if (stages[0].end > stages[0].start) {
      owners.assign(static_cast<std::size_t>(stages[0].end - stages[0].start), kNoStage);
      attribute(0, stages[0].start, stages[0].end);
    }
  }
  std::vector<std::uint32_t> owners;  // of each nanosecond of the request

 private:
  struct Clipped {
    std::uint32_t index;
    std::int64_t start, end;
  };

  void attribute(std::uint32_t stage, std::int64_t low, std::int64_t high) {
    std::vector<Clipped> children;
    for (std::uint32_t i = 1; i < stages_.size(); ++i) {
      const Clipped c{i, std::max(low, stages_[i].start), std::min(high, stages_[i].end)};
      // The start that decides ties is the stage's own, not the clipped one.
      if (stages_[i].parent == stage && c.end > c.start) children.push_back(c);
    }
    std::vector<std::uint32_t> owner(static_cast<std::size_t>(high - low), stage);
    std::vector<bool> covered(owner.size(), false);
    const auto better = [&](const Clipped& a, const Clipped& b) {
      if (stages_[a.index].start != stages_[b.index].start) return stages_[a.index].start > stages_[b.index].start;
      return a.index < b.index;
    };
    for (std::int64_t now = high;;) {
      const Clipped* last = nullptr;
      for (const Clipped& c : children) {
        if (c.end > now) continue;
        if (last == nullptr || c.end > last->end || (c.end == last->end && better(c, *last))) last = &c;
      }
      if (last == nullptr) break;
      for (std::int64_t t = last->start; t < last->end; ++t) {
        owner[static_cast<std::size_t>(t - low)] = last->index;
        covered[static_cast<std::size_t>(t - low)] = true;
      }
      now = last->start;
    }
    for (std::int64_t t = low; t < high; ++t) {
      if (covered[static_cast<std::size_t>(t - low)]) continue;
      const Clipped* running = nullptr;
      for (const Clipped& c : children) {
        if (c.start <= t && c.end > t && (running == nullptr || better(c, *running))) running = &c;
      }
      if (running != nullptr) owner[static_cast<std::size_t>(t - low)] = running->index;
    }
    for (std::int64_t from = low; from < high;) {
      std::int64_t to = from;
      const std::uint32_t who = owner[static_cast<std::size_t>(from - low)];
      while (to < high && owner[static_cast<std::size_t>(to - low)] == who) ++to;
      if (who != stage) {
        attribute(who, from, to);
      } else {
        for (std::int64_t t = from; t < to; ++t) owners[static_cast<std::size_t>(t - stages_[0].start)] = stage;
      }
      from = to;
    }
  }

  const std::vector<PathStage>& stages_;
};

std::int64_t self_by_definition(const std::vector<PathStage>& stages, std::uint32_t stage) {
  std::int64_t self = 0;
  for (std::int64_t t = stages[stage].start; t < stages[stage].end; ++t) {
    self += std::none_of(stages.begin(), stages.end(), [&](const PathStage& other) {
      return other.parent == stage && other.start <= t && t < other.end;
    });
  }
  return self;
}

std::vector<std::int64_t> critical_of(const std::vector<PathStage>& stages) { return critical_path(stages).critical; }

}  // namespace

TEST_CASE("retrieve 0-90 and rerank 80-100 under a parent 0-100 give 80, 20 and 0") {
  const CriticalPath path = critical_path(std::vector<PathStage>{{0, 100, kNoStage}, {0, 90, 0}, {80, 100, 0}});
  CHECK(path.critical == std::vector<std::int64_t>{0, 80, 20});
  CHECK(path.self == std::vector<std::int64_t>{0, 90, 20});
  CHECK(path.segments == std::vector<PathSegment>{{0, 80, 1}, {80, 100, 2}});
}

TEST_CASE("on random small trees every nanosecond has the owner that the definition gives it") {
  std::mt19937 random(20261124);
  for (int round = 0; round < 60'000; ++round) {
    const std::vector<PathStage> stages = random_tree(random);
    const CriticalPath path = critical_path(stages);
    const Definition definition(stages);
    std::vector<std::uint32_t> owners;
    std::int64_t now = stages[0].start;
    for (const PathSegment& segment : path.segments) {
      REQUIRE(segment.start == now);
      REQUIRE(segment.end > segment.start);
      owners.insert(owners.end(), static_cast<std::size_t>(segment.end - segment.start), segment.stage);
      now = segment.end;
    }
    CAPTURE(round);
    REQUIRE(owners == definition.owners);
    REQUIRE(std::accumulate(path.critical.begin(), path.critical.end(), std::int64_t{0}) ==
            std::max<std::int64_t>(0, stages[0].end - stages[0].start));
    for (std::uint32_t i = 0; i < stages.size(); ++i) REQUIRE(path.self[i] == self_by_definition(stages, i));
  }
}

TEST_CASE("of two children that end together the one that started later is taken first") {
  CHECK(critical_of({{0, 100, kNoStage}, {10, 100, 0}, {60, 100, 0}}) == std::vector<std::int64_t>{10, 50, 40});
  CHECK(critical_of({{0, 100, kNoStage}, {60, 100, 0}, {10, 100, 0}}) == std::vector<std::int64_t>{10, 40, 50});
}

TEST_CASE("of two children with the same interval the one recorded first is taken") {
  CHECK(critical_of({{0, 100, kNoStage}, {20, 100, 0}, {20, 100, 0}}) == std::vector<std::int64_t>{20, 80, 0});
}

TEST_CASE("a gap between two children goes to the sibling that was running, clipped to the gap") {
  // C is last, A ended before C began, B ran all along.
  CHECK(critical_of({{0, 100, kNoStage}, {20, 50, 0}, {0, 90, 0}, {80, 100, 0}}) ==
        std::vector<std::int64_t>{0, 30, 50, 20});
}

TEST_CASE("a gap in which no sibling ran goes to the parent") {
  CHECK(critical_of({{0, 100, kNoStage}, {10, 30, 0}, {60, 90, 0}}) == std::vector<std::int64_t>{50, 20, 30});
}

TEST_CASE("stages of length zero get nothing and take nothing from others") {
  CHECK(critical_of({{0, 100, kNoStage}, {50, 50, 0}, {0, 100, 0}}) == std::vector<std::int64_t>{0, 0, 100});
  CHECK(critical_of({{0, 100, kNoStage}, {100, 100, 0}, {40, 40, 0}, {0, 60, 0}}) ==
        std::vector<std::int64_t>{40, 0, 0, 60});
}

TEST_CASE("a stage that outlives its parent counts only inside it") {
  const CriticalPath path = critical_path(std::vector<PathStage>{{0, 100, kNoStage}, {70, 500, 0}, {90, 400, 1}});
  CHECK(path.critical == std::vector<std::int64_t>{70, 20, 10});
  CHECK(path.self == std::vector<std::int64_t>{70, 120, 310});
}

TEST_CASE("a stage that lies wholly outside its parent gets nothing") {
  CHECK(critical_of({{100, 200, kNoStage}, {0, 90, 0}, {210, 300, 0}}) == std::vector<std::int64_t>{100, 0, 0});
}

TEST_CASE("a request of no length has a critical path of no length") {
  const CriticalPath path = critical_path(std::vector<PathStage>{{7, 7, kNoStage}, {0, 90, 0}});
  CHECK(path.critical == std::vector<std::int64_t>{0, 0});
  CHECK(path.segments.empty());
  CHECK(critical_path({}).segments.empty());
}

TEST_CASE("circles of parents and parents out of range get nothing and do no harm") {
  CHECK(critical_of({{0, 100, kNoStage}, {0, 50, 2}, {0, 50, 1}, {0, 50, 99}, {0, 50, 4}}) ==
        std::vector<std::int64_t>{100, 0, 0, 0, 0});
}

TEST_CASE("a hundred thousand children and a nesting of a hundred thousand are swept without recursion") {
  std::vector<PathStage> wide{{0, 1'000'000, kNoStage}}, deep{{0, 1'000'000, kNoStage}};
  for (std::int64_t i = 0; i < 100'000; ++i) {
    wide.push_back({i * 10, i * 10 + 10, 0});
    deep.push_back({i, 1'000'000, static_cast<std::uint32_t>(i)});
  }
  CHECK(critical_path(wide).critical[0] == 0);
  CHECK(critical_path(deep).critical.back() == 1'000'000 - 99'999);
}
