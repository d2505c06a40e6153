// The version of this library: written into every region, and read by the build for everything else that tells it.
//
// A constant; anywhere.
#pragma once

namespace looptape::core {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace looptape::core
