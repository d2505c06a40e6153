// The `looptape` program.
#include "tools/command_line.h"

int main(int argc, char** argv) { return looptape::tools::run_command_line(argc, argv); }
