/**
 * For any test runner: which handles a piece of code leaves behind.
 *
 * @module holdfast/testing
 */
export { HandleLeakError } from '../errors.js'
export type { LiveHandle, StackFrame } from '../live-handle.js'
export type { HandleTrackingOptions } from './handle-filter.js'
export {
  expectNoLiveHandles,
  type HandleScope,
  trackHandles,
  withHandleTracking,
  withoutHandleTracking,
} from './handle-scope.js'
export { handleMatchers, type MatcherResult } from './matchers.js'
