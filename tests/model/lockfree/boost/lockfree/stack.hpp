// Found by the model check in the place of Boost.Lockfree's own header, so that core's sources need not change.
#pragma once

#include "tests/model/lockfree/modelled_queue.h"

namespace boost::lockfree {
template <class T, class Options>
class stack : public looptape::model::ModelledQueue<T, false> {
 public:
  using looptape::model::ModelledQueue<T, false>::ModelledQueue;
};
}  // namespace boost::lockfree
