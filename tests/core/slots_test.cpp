// Slots: leased, parked, taken back from threads that vanished, never held by two.
#include "core/slots.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "tests/core/temporary_directory.h"

using namespace looptape::core;
using looptape::testing::TemporaryDirectory;

namespace {

std::uint64_t own_tid() { return static_cast<std::uint64_t>(::syscall(SYS_gettid)); }

struct Fixture {
  explicit Fixture(unsigned threads) {
    RegionSettings settings;
    settings.service = "slots";
    settings.directory = directory.path();
    settings.budget_bytes = kMinRegionBytes;
    settings.max_threads = threads;
    REQUIRE(region.create(settings));
    slots = std::make_unique<Slots>(region);
    REQUIRE(slots->map_writers(1, true));
  }
  ~Fixture() { region.close(true); }

  std::uint64_t word(const Writer& writer, std::size_t index) { return slots->slot_of(writer)[index].load(); }

  TemporaryDirectory directory;
  Region region;
  std::unique_ptr<Slots> slots;
};

Fixture* g_fixture = nullptr;  // for the hook below
Writer* g_writer = nullptr;

// "Gone", after the slot has been parked by its tenant and leased by the next one.
bool handed_on_meanwhile(std::uint64_t) noexcept {
  g_fixture->slots->park(*g_writer);
  g_fixture->slots->lease(own_tid());
  return true;
}

}  // namespace

TEST_CASE("slots are leased until none is left, and parked ones are leased again") {
  Fixture fixture(3);
  std::set<Writer*> leased;
  for (int i = 0; i < 3; ++i) leased.insert(fixture.slots->lease(own_tid()));
  CHECK(leased.size() == 3);
  CHECK(leased.count(nullptr) == 0);
  CHECK(fixture.slots->lease(own_tid()) == nullptr);
  Writer* const one = *leased.begin();
  CHECK(fixture.word(*one, slot::kOrdinal) == 1);
  fixture.slots->park(*one);
  CHECK(fixture.word(*one, slot::kState) == static_cast<std::uint64_t>(SlotState::kParked));
  CHECK(fixture.slots->lease(own_tid()) == one);
  CHECK(fixture.word(*one, slot::kOrdinal) == 2);
  CHECK(fixture.slots->lease(own_tid()) == nullptr);
}

TEST_CASE("the slot of a thread that vanished without a word is taken back", "[nosan]") {
  Fixture fixture(1);
  pthread_t thread{};
  const auto vanish = [](void* self) -> void* {
    static_cast<Fixture*>(self)->slots->lease(own_tid());
    ::syscall(SYS_exit, 0);  // no destructor of any key runs
    return nullptr;
  };
  REQUIRE(::pthread_create(&thread, nullptr, vanish, &fixture) == 0);
  ::pthread_join(thread, nullptr);
  CHECK(fixture.slots->lease(own_tid()) == nullptr);
  while (fixture.slots->reclaim() == 0) {  // the kernel tells the joiner a moment before it forgets the thread
  }
  CHECK(fixture.slots->reclaim() == 0);
  CHECK(fixture.slots->lease(own_tid()) != nullptr);
  CHECK(fixture.slots->lease(own_tid()) == nullptr);
}

TEST_CASE("the slots of living threads and parked ones are left alone") {
  Fixture fixture(2);
  Writer* const parked = fixture.slots->lease(own_tid());
  REQUIRE(fixture.slots->lease(own_tid()) != nullptr);
  fixture.slots->park(*parked);
  CHECK(fixture.slots->reclaim() == 0);
}

// The bug that was: "leased" as seen at the second look was taken for the first tenant's lease, and the slot went to
// two threads.
TEST_CASE("a slot that was handed on while its last tenant was found gone stays with the new one") {
  Fixture fixture(1);
  Writer* const writer = fixture.slots->lease(own_tid());
  g_fixture = &fixture;
  g_writer = writer;
  CHECK(fixture.slots->reclaim(&handed_on_meanwhile) == 0);
  CHECK(fixture.slots->lease(own_tid()) == nullptr);
}

TEST_CASE("no two threads hold a slot, whatever is leased, parked and reclaimed at once") {
  constexpr unsigned kSlots = 3;
  Fixture fixture(kSlots);
  std::vector<std::atomic<int>> held(kSlots);
  std::atomic<int> violations{0}, running{4};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n) {
        Writer* const writer = fixture.slots->lease(own_tid());
        if (writer == nullptr) continue;
        violations += held[writer->stream].exchange(1) != 0;
        held[writer->stream] = 0;
        fixture.slots->park(*writer);
      }
      --running;
    });
  while (running.load() > 0) violations += fixture.slots->reclaim() != 0 ? 1 : 0;  // nobody vanishes here
  for (std::thread& thread : threads) thread.join();
  CHECK(violations == 0);
}
