#ifndef HOLDFAST_CORE_THREAD_CLOCK_H_
#define HOLDFAST_CORE_THREAD_CLOCK_H_

namespace holdfast {

// How long the calling thread has run, in milliseconds: time that it waited for a processor, or for
// anything else, is not in it.
double ThreadMilliseconds() noexcept;

}  // namespace holdfast

#endif  // HOLDFAST_CORE_THREAD_CLOCK_H_
