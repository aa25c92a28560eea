import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DisposableObject, NativeBuffer, SafeFileHandle } from '../../../lib/index.js'
import { type LiveHandle, tracking } from '../../../lib/tracking/index.js'
import { FakeHandle } from '../../support/fake-handle.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const only = () => tracking.snapshot().handles[0] as LiveHandle

beforeEach(() => {
  tracking.level = 'full'
})
afterEach(() => {
  tracking.level = 'off'
})

describe('touch', () => {
  it('counts, and remembers the last four uses with hint, time and place, newest first', () => {
    using buffer = new NativeBuffer(8)
    function use(hint: string) {
      buffer.touch(hint)
    }
    for (const hint of ['a', 'b', 'c', 'd', 'e']) use(hint)
    expect(only().touches).toBe(5)
    expect(only().lastTouches?.map(({ hint }) => hint)).toEqual(['e', 'd', 'c', 'b'])
    expect(only().lastTouches?.[0]?.stack[0]?.functionName).toBe('use')
    expect(only().lastTouches?.[0]?.at).toBeGreaterThanOrEqual(only().createdAt as number)
  })

  it('needs no hint, and returns the handle', () => {
    using handle = new FakeHandle(1)
    expect(handle.touch()).toBe(handle)
    expect(only()).toMatchObject({ touches: 1, lastTouches: [{ at: expect.any(Number) }] })
    expect(only().lastTouches?.[0]).not.toHaveProperty('hint')
  })

  it('records nothing where nothing was recorded of the handle', () => {
    tracking.level = 'counts'
    using buffer = new NativeBuffer(8)
    buffer.touch('x')
    expect(only()).toEqual({ id: expect.any(Number), kind: 'NativeBuffer', bytes: 8, touches: 0 })
  })

  it('is possible on what is not counted', () => {
    using borrowed = new FakeHandle(1, { ownsHandle: false })
    expect(borrowed.touch('x')).toBe(borrowed)
  })

  it('takes nothing but a string', () => {
    using buffer = new NativeBuffer(8)
    expect(() => buffer.touch(1 as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
    expect(only().touches).toBe(0)
  })

  it('throws once disposed', () => {
    const buffer = new NativeBuffer(8)
    buffer.dispose()
    expect(() => buffer.touch()).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })
})

function thrownBy(use: () => unknown): Error {
  try {
    use()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('the use of something that was disposed of', () => {
  class Session extends DisposableObject {
    protected override disposeCore(): void {}
    use(): void {
      this.throwIfDisposed()
    }
  }

  const things: [string, () => { resource: Disposable; use: () => unknown }][] = [
    [
      'a NativeBuffer',
      () => {
        const resource = new NativeBuffer(8)
        return { resource, use: () => resource.bytes }
      },
    ],
    [
      'a SafeFileHandle',
      () => {
        const resource = SafeFileHandle.open('.')
        return { resource, use: () => resource.fd }
      },
    ],
    [
      'a handle of the program',
      () => {
        const resource = new FakeHandle(1)
        return { resource, use: () => resource.lease() }
      },
    ],
    [
      'a DisposableObject',
      () => {
        const resource = new Session()
        return { resource, use: () => resource.use() }
      },
    ],
  ]

  it.each(things)('says where %s was disposed of', (_, make) => {
    const { resource, use } = make()
    function disposeOf() {
      resource[Symbol.dispose]()
    }
    disposeOf()
    const error = thrownBy(use)
    expect(error).toMatchObject({ code: 'ERR_HOLDFAST_DISPOSED' })
    expect((error.cause as Error).stack).toMatch(/\n {4}at disposeOf /)
    expect((error.cause as Error).stack).not.toContain('/lib/')
  })

  it('says where a buffer was disposed of asynchronously, and where it was transferred', async () => {
    const buffer = new NativeBuffer(8)
    async function disposeLater() {
      await buffer.disposeAsync()
    }
    await disposeLater()
    expect((thrownBy(() => buffer.bytes).cause as Error).stack).toContain('disposeLater')

    const moved = new NativeBuffer(8)
    function moveAway() {
      NativeBuffer.receive(moved.transfer()).dispose()
    }
    moveAway()
    expect((thrownBy(() => moved.bytes).cause as Error).stack).toContain('moveAway')
  })

  it('says nothing more at levels that record nothing', () => {
    tracking.level = 'counts'
    const buffer = new NativeBuffer(8)
    buffer.dispose()
    expect(thrownBy(() => buffer.bytes).cause).toBeUndefined()
  })
})
