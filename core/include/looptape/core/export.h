// Visibility: what the shared library exports, and what must stay private to each module.
#pragma once

#define LOOPTAPE_API __attribute__((visibility("default")))
// Inline variables of default visibility become STB_GNU_UNIQUE in g++: a plug-in that has one can never be
// unloaded.  Everything templated on a literal is hidden instead; names still meet in the one registry.
#define LOOPTAPE_HIDDEN __attribute__((visibility("hidden")))
