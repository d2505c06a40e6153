// Found by the model check in the place of Boost.Lockfree's own header, so that core's sources need not change.
#pragma once

#include "tests/model/lockfree/modelled_queue.h"

namespace boost::lockfree {
template <class T, class Options>
class queue : public looptape::model::ModelledQueue<T, true> {
 public:
  using looptape::model::ModelledQueue<T, true>::ModelledQueue;
};
}  // namespace boost::lockfree
