// The memory that a tape's messages are built in: zeroed pages of its own.
//
// Not the heap's: of a block of this size glibc learns, at its first free(), to take the next ones from the heap, where
// each is wiped, and so made resident, as a whole, and stays.  For one thread; never throws.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace looptape::dump {

class MessageBuffer {
 public:
  explicit MessageBuffer(std::size_t bytes) noexcept : bytes_(bytes) {
    void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != MAP_FAILED) words_ = static_cast<std::uint64_t*>(at);
  }
  ~MessageBuffer() {
    if (words_ != nullptr) ::munmap(words_, bytes_);
  }
  MessageBuffer(const MessageBuffer&) = delete;
  MessageBuffer& operator=(const MessageBuffer&) = delete;

  std::uint64_t* words() const noexcept { return words_; }  // null: no memory

 private:
  std::uint64_t* words_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace looptape::dump
