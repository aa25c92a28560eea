import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import {
  AsyncDisposableObject,
  AsyncDisposableStack,
  DisposableObject,
  DisposableStack,
  GCHandle,
  liveHandles,
  NativeBuffer,
  SafeHandle,
  SafeHandleMinusOneIsInvalid,
  SafeHandleZeroOrMinusOneIsInvalid,
  SuppressedError,
  subscribe,
  use,
  useAsync,
} from 'holdfast'
import { codeOf, Finalizable, Probe, settle } from '../../support/in-child.mjs'
import { collectWithTurns } from '../support.mjs'

export const handles = {
  'a handle is released once by dispose(), and its value stays known': () => {
    const probe = new Probe(11)
    assert.equal(liveHandles('Probe'), 1)
    probe.dispose()
    probe.dispose()
    assert.equal(Probe.releases.get(11), 1)
    assert.deepEqual([probe.isClosed, probe.isDisposed, probe.dangerousGetHandle()], [true, true, 11])
    assert.equal(liveHandles(), 0)
  },

  'a lease puts the release off until it is returned': () => {
    const probe = new Probe(12)
    const lease = probe.lease()
    probe.dispose()
    assert.equal(Probe.releases.has(12), false)
    assert.equal(
      codeOf(() => probe.lease()),
      'ERR_HOLDFAST_DISPOSED',
    )
    lease.dispose()
    assert.equal(Probe.releases.get(12), 1)
  },

  'a release that fails throws HandleReleaseError, with its cause': () => {
    class Failing extends SafeHandle {
      static releaseHandle() {
        throw new Error('no')
      }
      constructor() {
        super(0)
        this.setHandle(1)
      }
    }
    assert.throws(
      () => new Failing().dispose(),
      (error) => error.code === 'ERR_HOLDFAST_RELEASE' && error.cause.message === 'no',
    )
    assert.equal(liveHandles(), 0)
  },

  'the variants know their invalid values': () => {
    class ZeroOrMinusOne extends SafeHandleZeroOrMinusOneIsInvalid {
      static releaseHandle = assert.fail
    }
    class MinusOne extends SafeHandleMinusOneIsInvalid {
      static releaseHandle = assert.fail
    }
    for (const handle of [new ZeroOrMinusOne(), new MinusOne()]) {
      assert.equal(handle.isInvalid, true)
      handle.dispose()
    }
  },

  'disposeAsync() releases by releaseHandleAsync, and a second call settles with it': async () => {
    const events = []
    class Later extends SafeHandle {
      static releaseHandle() {
        events.push('sync')
      }
      static async releaseHandleAsync() {
        await new Promise((resolve) => setImmediate(resolve))
        events.push('async')
      }
      constructor() {
        super(0)
        this.setHandle(1)
      }
    }
    const handle = new Later()
    const first = handle.disposeAsync()
    await handle.disposeAsync()
    assert.deepEqual(events, ['async'])
    await first
    assert.equal(liveHandles(), 0)
  },

  'use and useAsync dispose, also of what a body throws past': async () => {
    assert.equal(
      use(new Probe(14), (probe) => probe.dangerousGetHandle()),
      14,
    )
    assert.throws(() =>
      use([new Probe(15), new Probe(16)], () => {
        throw new Error('body')
      }),
    )
    assert.equal(await useAsync(new Probe(17), async () => 3), 3)
    assert.deepEqual(
      [14, 15, 16, 17].map((value) => Probe.releases.get(value)),
      [1, 1, 1, 1],
    )
  },

  'stacks dispose in reverse, and chain errors in SuppressedError': async () => {
    const order = []
    const stack = new DisposableStack()
    stack.defer(() => order.push(1))
    stack.defer(() => {
      throw new Error('first')
    })
    stack.defer(() => {
      throw new Error('second')
    })
    stack.use(new Probe(18))
    assert.throws(
      () => stack.dispose(),
      (error) =>
        error instanceof SuppressedError && error.error.message === 'first' && error.suppressed.message === 'second',
    )
    const later = new AsyncDisposableStack()
    later.defer(async () => order.push(2))
    await later.disposeAsync()
    assert.deepEqual(order, [1, 2])
    assert.equal(Probe.releases.get(18), 1)
  },

  'base classes dispose once, by using as well': async () => {
    const events = []
    class Thing extends DisposableObject {
      disposeCore() {
        events.push('sync')
      }
    }
    class AsyncThing extends AsyncDisposableObject {
      async disposeAsyncCore() {
        events.push('async')
      }
    }
    const thing = new Thing()
    thing[Symbol.dispose]()
    thing.dispose()
    const other = new AsyncThing()
    await other[Symbol.asyncDispose]()
    await other.disposeAsync()
    assert.deepEqual(events, ['sync', 'async'])
  },

  // Text, since a runtime without the syntax could not read this file.
  'the using declaration releases, in the syntax of the runtime itself': async () => {
    const body = `{ using probe = new Probe(19); opened = probe.isClosed } return [opened, Probe.releases.get(19)]`
    let run
    try {
      run = new Function('Probe', `let opened; ${body}`)
    } catch {
      return { deviates: 'the runtime does not have the syntax; compilers lower it' }
    }
    assert.deepEqual(run(Probe), [false, 1])
  },

  'a finalizable object runs its finalizer once: by dispose(), or when collected': async () => {
    new Finalizable(21).dispose()
    ;(() => new Finalizable(22))()
    await collectWithTurns(() => Probe.releases.has(22))
    assert.deepEqual([Probe.releases.get(21), Probe.releases.get(22)], [1, 1])
    assert.equal(liveHandles(), 0)
  },

  'a GCHandle finds its target by a pointer, and refuses one that was freed': () => {
    const target = { name: 'target' }
    const handle = GCHandle.alloc(target)
    const pointer = handle.toPointer()
    assert.equal(GCHandle.fromPointer(pointer).target, target)
    handle.free()
    assert.equal(
      codeOf(() => GCHandle.fromPointer(pointer).target),
      'ERR_HOLDFAST_INVALID_OPERATION',
    )
  },

  'a weak GCHandle does not keep its target': async () => {
    const weak = (() => GCHandle.alloc({ large: new Array(1000).fill(1) }, 'weak'))()
    await collectWithTurns(() => weak.target === undefined)
    assert.equal(weak.target, undefined)
    weak.dispose()
  },

  'subscribe() listens until disposed, to emitters and to event targets': async () => {
    const emitter = new EventEmitter()
    const target = new EventTarget()
    let calls = 0
    const first = subscribe(emitter, 'event', () => calls++)
    const second = subscribe(target, 'event', () => calls++)
    emitter.emit('event')
    target.dispatchEvent(new Event('event'))
    assert.equal(liveHandles('Subscription'), 2)
    first.dispose()
    second.dispose()
    emitter.emit('event')
    target.dispatchEvent(new Event('event'))
    assert.equal(calls, 2)
    assert.equal(liveHandles(), 0)
  },

  'errors have their codes, and arguments are checked': async () => {
    assert.equal(
      codeOf(() => new NativeBuffer(-1)),
      'ERR_OUT_OF_RANGE',
    )
    assert.equal(
      codeOf(() => new NativeBuffer('8')),
      'ERR_INVALID_ARG_TYPE',
    )
    assert.equal(
      codeOf(() => new NativeBuffer(8, { alignment: 3 })),
      'ERR_OUT_OF_RANGE',
    )
    await settle()
    assert.equal(liveHandles(), 0)
  },
}
