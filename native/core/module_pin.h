#ifndef HOLDFAST_CORE_MODULE_PIN_H_
#define HOLDFAST_CORE_MODULE_PIN_H_

namespace holdfast {

// Keeps the image of this addon mapped until the process ends; any number of calls, from any thread.
// Without it, Node unmaps the addon together with the last worker that loaded it, and the ledger and
// every function pointer lent to the engine go with it. False when the system refused.
[[nodiscard]] bool PinModule() noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_CORE_MODULE_PIN_H_
