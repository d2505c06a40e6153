// Chooses the files the demo's corpus is made of, in the order in which they are read.
//
// Called once by the index builder, on one thread. It only lists directories; it never opens a file.
// The order is the same on every run over the same tree. Copyright notices are left out: hundreds of
// packages carry the same licences.

#pragma once

#include <filesystem>
#include <vector>

namespace looptape::tools::demo {

// Files under `roots` that are likely to hold text worth asking about. Every sub-directory of a root
// (a package's documents, a library's headers) and every file directly in it is a group; the result
// takes one file of each group in turn, so that a corpus cut short still covers everything.
std::vector<std::filesystem::path> source_files(const std::vector<std::filesystem::path>& roots);

}  // namespace looptape::tools::demo
