// A library of its own, as the addon is one. scripts/test-native.mjs builds each *_library.cc so.
#include "core/module_pin.cc"

extern "C" __attribute__((visibility("default"))) bool PinThisLibrary() { return holdfast::PinModule(); }
