// Carries the headers that all test programs share, compiled once (CMakeLists.txt).  Never run.
int main() { return 0; }
