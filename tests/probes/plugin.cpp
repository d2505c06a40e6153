// A plug-in that records.  Built a second time as a seeded bug: with a variable of default visibility, which g++ makes
// unique in the process, so that the plug-in can never be unloaded.
#include "looptape/looptape.h"

#ifdef SEEDED_UNIQUE
template <int N>
struct Seeded {
  [[gnu::visibility("default")]] inline static int word = N;
};
extern "C" [[gnu::visibility("default")]] int* plugin_word() { return &Seeded<1>::word; }
#endif

extern "C" [[gnu::visibility("default")]] void plugin_record(int n) {
  looptape::Stage<"of a plug-in", looptape::Kind::tool> stage;
  stage.set<"plug-in's key">(n);
  looptape::event<"plug-in's event">(n);
  looptape::Counter<"plug-in's counter">::add();
}
