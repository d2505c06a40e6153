// CRC32C (Castagnoli), as iSCSI and most file formats use it.
//
// Pure and thread-safe; callable from anywhere, signal handlers included.  Uses the CPU's instruction
// where there is one, else a table; both give the same value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace looptape::dump {

// The checksum of `bytes` appended to what `crc` is the checksum of; start with 0.
std::uint32_t crc32c(std::uint32_t crc, const void* data, std::size_t bytes);

// The two ways by name, for the tests that compare them.
std::uint32_t crc32c_portable(std::uint32_t crc, const void* data, std::size_t bytes);
bool crc32c_has_hardware();
std::uint32_t crc32c_hardware(std::uint32_t crc, const void* data, std::size_t bytes);  // REQUIRES: has

}  // namespace looptape::dump
