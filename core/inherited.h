// Descriptors that a forked child must not keep: while it had them, its parent's region would seem alive.
//
// Ordinary threads.  fork() closes them in the child (exec does by itself); a raw clone() without exec does not.
#pragma once

namespace looptape::core {

// From here on a child made by fork() closes `fd`.  At most kMaxWithheld at a time; one more is left to children.
void withhold_from_children(int fd);
// `fd` is about to be closed.
void forget_withheld(int fd);

inline constexpr int kMaxWithheld = 4;

}  // namespace looptape::core
