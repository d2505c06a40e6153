// What threads may make of the registry of names while others register and a recorder starts.  Tests only.
#include "core/names.h"
#include "core/region.h"
#include "looptape/core/site.h"
#include "tests/model/interleaver.h"
#include "tests/model/recording.h"
#include "tests/model/scenarios.h"

namespace looptape::model {

using namespace core;

Outcome two_threads_one_name(Mutant mutant) {
  std::uint16_t ids[2] = {};
  Interleaving run(mutant, {3, 3});
  for (std::uint16_t& id : ids) run.thread([&] { id = register_name("of two threads", Kind::other); });
  return run.explore([&]() -> const char* { return ids[0] == ids[1] ? nullptr : property::kOneId; });
}

// The recorder's own names are registered already; one thread binds its region, another registers a name.
Outcome region_bound_meanwhile(Mutant mutant) {
  Recording recording({.announced = false});  // binds its own region
  unbind_names();
  Region region;
  RegionSettings settings;
  settings.service = "model-bound";
  settings.budget_bytes = 560 << 10;
  settings.max_threads = settings.max_in_flight = 1;
  if (!region.create(settings)) return {"no region"};
  std::uint16_t id = 0;
  Interleaving run(mutant, {3, 2});
  run.thread([&] {
    run.wrote(&region, sizeof region);
    static_cast<void>(bind_names(region));
  });
  run.thread([&] { id = register_name("while a region is bound", Kind::other); });
  const Outcome outcome = run.explore(
      [&]() -> const char* { return region.name(id)[name_entry::kHead].value != 0 ? nullptr : property::kNameThere; });
  region.close(true);
  return outcome;
}

}  // namespace looptape::model
