// Where a tape's bytes go and come from: two small interfaces, and sources over a file and over memory.
//
// Callable from one thread at a time per object.  Nothing here throws; failures are values that say what
// failed on what.  Files are read with pread, never mapped: a file that shrinks while it is read is a
// short read and not a signal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dump/io_error.h"

namespace looptape::dump {

// Takes bytes in order.
class ByteOutput {
 public:
  virtual ~ByteOutput() = default;
  // Takes all of `bytes` or fails; after a failure nothing more is written.
  virtual IoError write(std::span<const std::byte> bytes) = 0;
};

// Bytes at any offset.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `into` from `offset`; `got` is less than asked for only at the end.
  virtual IoError read_at(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) = 0;
};

// Over bytes that somebody else owns.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  IoError read_at(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) override;

 private:
  std::span<const std::byte> bytes_;
};

// Over an open file, which it owns.
class FileSource : public ByteSource {
 public:
  FileSource() = default;
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  // Opens a regular file for reading.  Anything else (a FIFO, a directory) is refused without waiting.
  IoError open(const std::string& path);
  std::uint64_t size() const override { return size_; }
  IoError read_at(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) override;

 private:
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string path_;
};

}  // namespace looptape::dump
