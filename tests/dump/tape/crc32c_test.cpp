// The checksum against published vectors, and its two ways against each other.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "dump/crc32c.h"
#include "tests/skip.h"

using namespace looptape::dump;

TEST_CASE("CRC32C gives the values of RFC 3720") {
  std::vector<unsigned char> bytes(32, 0);
  CHECK(crc32c(0, bytes.data(), 32) == 0x8a9136aa);
  CHECK(crc32c_portable(0, bytes.data(), 32) == 0x8a9136aa);
  std::fill(bytes.begin(), bytes.end(), 0xff);
  CHECK(crc32c(0, bytes.data(), 32) == 0x62a8ab43);
  CHECK(crc32c_portable(0, bytes.data(), 32) == 0x62a8ab43);
  std::iota(bytes.begin(), bytes.end(), 0);
  CHECK(crc32c(0, bytes.data(), 32) == 0x46dd794e);
  CHECK(crc32c_portable(0, bytes.data(), 32) == 0x46dd794e);
  std::iota(bytes.rbegin(), bytes.rend(), 0);
  CHECK(crc32c(0, bytes.data(), 32) == 0x113fdb5c);
  CHECK(crc32c_portable(0, bytes.data(), 32) == 0x113fdb5c);
  const std::string digits = "123456789";
  CHECK(crc32c(0, digits.data(), digits.size()) == 0xe3069283);
  CHECK(crc32c_portable(0, digits.data(), digits.size()) == 0xe3069283);
}

TEST_CASE("the instruction and the table agree at every length and alignment, in one piece or two") {
  if (!crc32c_has_hardware()) return looptape::testing::skip_test("this CPU has no CRC32C instruction");
  std::vector<unsigned char> bytes(400);
  std::uint32_t state = 1;
  for (unsigned char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<unsigned char>(state >> 24);
  }
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t length = 0; length <= 300; ++length) {
      const std::uint32_t whole = crc32c_portable(0, bytes.data() + from, length);
      REQUIRE(crc32c_hardware(0, bytes.data() + from, length) == whole);
      const std::size_t half = length / 3;
      const std::uint32_t first = crc32c_hardware(0, bytes.data() + from, half);
      REQUIRE(crc32c_hardware(first, bytes.data() + from + half, length - half) == whole);
      REQUIRE(crc32c_portable(first, bytes.data() + from + half, length - half) == whole);
    }
  }
}

TEST_CASE("no single flipped bit leaves the checksum as it was") {
  std::vector<unsigned char> bytes(100, 0x5a);
  const std::uint32_t whole = crc32c(0, bytes.data(), bytes.size());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<unsigned char>(1u << (bit % 8));
    REQUIRE(crc32c(0, bytes.data(), bytes.size()) != whole);
    bytes[bit / 8] ^= static_cast<unsigned char>(1u << (bit % 8));
  }
}
