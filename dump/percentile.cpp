// Percentiles by nearest rank; see the header.  Pure; any thread.
#include "dump/percentile.h"

namespace looptape::dump {

std::optional<std::uint64_t> percentile(std::span<const std::uint64_t> ascending, unsigned per_mille) {
  if (!enough_for(ascending.size(), per_mille)) return std::nullopt;
  return ascending[nearest_rank(ascending.size(), per_mille) - 1];
}

}  // namespace looptape::dump
