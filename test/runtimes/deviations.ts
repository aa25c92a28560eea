import type { Deviation } from './observation.js'

/** What runtimes do otherwise. A run fails for what is not here, and for what is here and does not show. */
export const DEVIATIONS: readonly Deviation[] = [
  {
    check: 'the using declaration releases, in the syntax of the runtime itself',
    runtimes: ['Node 20', 'Node 22'],
    shows: 'does not have the syntax',
    reason:
      'V8 has the syntax from the version in Node 24 on. TypeScript and other compilers lower it, and `use()` is the same as a function.',
  },
  {
    check: "GC.collect('minor') releases what was dropped young",
    runtimes: ['Bun', 'Deno'],
    shows: 'the runtime collects everything instead',
    reason:
      'Everything dropped comes back, at the price of a whole collection: neither runtime lets a program ask for a minor one. With a large heap, dispose: each 32 MiB of native memory that are dropped instead cost a whole collection there.',
  },
  {
    check: 'memory that ArrayBuffer.transfer() took survives the dispose',
    runtimes: ['Node 20'],
    shows: 'has no ArrayBuffer.transfer()',
    reason: 'Node 20 does not have the method, so that memory does not leave a buffer this way.',
  },
  {
    check: 'memory that structuredClone() took, by its transfer list, survives the dispose',
    runtimes: ['Node 22', 'Node 24', 'Node 26', 'Bun'],
    shows: 'DataCloneError',
    reason:
      'These mark each ArrayBuffer over native memory as untransferable; `postMessage` and `structuredClone` throw, and the buffer stays as it was. `buffer.transfer()` moves it between threads everywhere.',
  },
  {
    check: 'a worker that is terminated while it works releases its memory',
    runtimes: ['Deno'],
    shows: 'handles still count as live after the end',
    reason:
      '`worker.terminate()` does not stop a worker of Deno that never comes back to its event loop, also one that runs nothing of this library: it works on, and its handles are live. One that waits ends, and releases everything.',
  },
  {
    check: 'an uncaught error releases what is open, newest first',
    runtimes: ['Deno'],
    shows: 'released at the end: nothing',
    reason:
      'Deno emits no `exit` event after an uncaught error, so no `releaseHandle` in JavaScript runs. Memory goes with the process, and names of shared memory are removed.',
  },
  {
    check: 'tracking.explain() says what holds a handle',
    runtimes: ['Bun'],
    shows: 'writes no heap snapshots',
    reason: 'Its engine is JavaScriptCore. The promise rejects with `ERR_HOLDFAST_INVALID_OPERATION`.',
  },
]
