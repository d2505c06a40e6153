// The memory that snapshots copy to, kept from one execution to the next: mapping it afresh each time takes the kernel
// longer than the execution.  Linked into model.interleaving in front of mmap() and munmap(); one thread only.
//
// Never zeroed: a reader that looks where nothing was copied finds what an earlier execution left there.
#include <sys/mman.h>

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace {

// By size; what is here is mapped and in nobody's hands.
std::unordered_map<std::size_t, std::vector<void*>>& spare() {
  static std::unordered_map<std::size_t, std::vector<void*>> blocks;
  return blocks;
}

std::unordered_map<void*, std::size_t>& given() {
  static std::unordered_map<void*, std::size_t> blocks;
  return blocks;
}

}  // namespace

extern "C" {

void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* at, std::size_t bytes);

// Only staging is mapped without reserving room for it.
void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_NORESERVE) == 0) return __real_mmap(at, bytes, protection, flags, fd, offset);
  std::vector<void*>& blocks = spare()[bytes];
  void* block = nullptr;
  if (blocks.empty()) {
    block = __real_mmap(at, bytes, protection, flags, fd, offset);
    if (block == MAP_FAILED) return block;
  } else {
    block = blocks.back();
    blocks.pop_back();
  }
  given()[block] = bytes;
  return block;
}

int __wrap_munmap(void* at, std::size_t bytes) {
  const auto block = given().find(at);
  if (block == given().end() || block->second != bytes) return __real_munmap(at, bytes);
  given().erase(block);
  spare()[bytes].push_back(at);
  return 0;
}

}  // extern "C"
