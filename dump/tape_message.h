// Opens one message of a tape with Cap'n Proto, bounded, and turns what goes wrong into a line.
//
// For tape_decode*.cpp only; one thread.  No exception leaves with_message().
#pragma once

#include <capnp/serialize.h>
#include <kj/exception.h>

#include <new>
#include <string>

#include "dump/schema/tape.capnp.h"
#include "dump/tape_decode.h"

namespace looptape::dump::tape {

// Thrown and caught below: what a message says is not possible.
struct Contradiction {
  const char* what;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw Contradiction{what};
}

// Runs `work(root)` on the message; what goes wrong becomes a line.
template <class Work>
std::string with_message(Words message, Work work) {
  try {
    const capnp::word* words = reinterpret_cast<const capnp::word*>(message.data());
    capnp::ReaderOptions options;
    // Everything is looked at once, small structs twice; a message whose pointers share their targets to
    // look larger than it is runs into this.
    options.traversalLimitInWords = 2 * message.size() + 1024;
    options.nestingLimit = 8;
    capnp::FlatArrayMessageReader reader(kj::arrayPtr(words, message.size()), options);
    work(reader.getRoot<schema::Message>());
    return {};
  } catch (const Contradiction& contradiction) {
    return contradiction.what;
  } catch (const kj::Exception& exception) {
    return std::string("not as the schema says: ") + exception.getDescription().cStr();
  } catch (const std::bad_alloc&) {
    return "out of memory";
  }
}

}  // namespace looptape::dump::tape
