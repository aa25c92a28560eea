import { constants } from 'node:buffer'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { handleStatistics, liveHandles, SafeHandle, SecretBuffer, setNativeMemoryLimit } from '../../../lib/index.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never
const read = (secret: SecretBuffer) => secret.use((bytes) => [...bytes])

describe('new SecretBuffer()', () => {
  it.each([
    ['8', 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [8n, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    [constants.MAX_LENGTH + 1, 'ERR_OUT_OF_RANGE'],
  ])('refuses a byteLength of %s', (value, expected) => {
    const before = handleStatistics()
    expect(() => new SecretBuffer(anything(value))).toThrow(code(expected))
    expect(handleStatistics()).toEqual(before)
  })

  it('holds zeros, also in pages that held another secret before', () => {
    for (const size of [1, 32, 4096, 70_000]) {
      for (let round = 0; round < 3; round++) {
        using secret = new SecretBuffer(size)
        expect(secret.use((bytes) => bytes.length === size && bytes.every((byte) => byte === 0))).toBe(true)
        secret.use((bytes) => bytes.fill(0xa5))
      }
    }
  })

  it('of no bytes is legal', () => {
    using secret = new SecretBuffer(0)
    using other = new SecretBuffer(0)
    expect([secret.byteLength, secret.use((bytes) => bytes.length), secret.equals(other)]).toEqual([0, 0, true])
    secret.use((bytes) => expect(secret.use((inner) => inner)).toBe(bytes))
    using copied = SecretBuffer.from('')
    expect([copied.byteLength, secret.equals(new Uint8Array(1))]).toEqual([0, false])
  })

  it('is a SafeHandle that is counted with its length, as disposed in the end', () => {
    const before = handleStatistics()
    const secret = new SecretBuffer(1000)
    expect(secret).toBeInstanceOf(SafeHandle)
    expect([secret.isInvalid, secret.isClosed, liveHandles('SecretBuffer')]).toEqual([false, false, 1])
    expect(handleStatistics().liveBytes).toBe(before.liveBytes + 1000)
    secret.dispose()
    secret.dispose()
    expect([secret.isClosed, liveHandles('SecretBuffer')]).toEqual([true, 0])
    expect(handleStatistics()).toMatchObject({ liveBytes: before.liveBytes, disposed: before.disposed + 1 })
  })

  it('is given away by setHandleAsInvalid(): not counted, not reachable, and never released', () => {
    const before = handleStatistics()
    const secret = SecretBuffer.from('given away')
    const view = secret.use((bytes) => bytes)
    secret.setHandleAsInvalid()
    expect([secret.isClosed, view.length, liveHandles('SecretBuffer')]).toEqual([true, 0, 0])
    expect(() => secret.use(() => {})).toThrow(code('ERR_HOLDFAST_DISPOSED'))
    secret.dispose()
    expect(handleStatistics().liveBytes).toBe(before.liveBytes)
  })

  it('throws OutOfMemoryError past the native limit, and leaves nothing behind', () => {
    const before = handleStatistics()
    setNativeMemoryLimit(before.liveBytes + 100)
    try {
      new SecretBuffer(100).dispose()
      expect(() => new SecretBuffer(101)).toThrow(code('ERR_MEMORY_ALLOCATION_FAILED'))
    } finally {
      setNativeMemoryLimit(null)
    }
    expect(handleStatistics()).toMatchObject({ live: before.live, liveBytes: before.liveBytes })
  })

  it('works a thousand times over, many open at once', () => {
    const secrets = Array.from({ length: 200 }, (_, index) => SecretBuffer.from([index]))
    for (const [index, secret] of secrets.entries()) expect(read(secret)).toEqual([index])
    for (const secret of secrets) secret.dispose()
    for (let round = 0; round < 1000; round++) SecretBuffer.from([1, 2]).dispose()
    expect(liveHandles('SecretBuffer')).toBe(0)
  })
})

describe('SecretBuffer.use()', () => {
  it('returns what the body returns, and keeps what it writes', () => {
    using secret = new SecretBuffer(4)
    expect(secret.use((bytes) => bytes.writeUInt32BE(0x01020304))).toBe(4)
    expect(read(secret)).toEqual([1, 2, 3, 4])
    expect(secret.use(() => undefined)).toBeUndefined()
  })

  it('gives a Buffer, of which nothing is left afterwards', () => {
    using secret = SecretBuffer.from('abc')
    const views: ArrayBufferView[] = []
    const arrayBuffers: ArrayBufferLike[] = []
    secret.use((bytes) => {
      expect([Buffer.isBuffer(bytes), bytes.length, bytes.byteOffset]).toEqual([true, 3, 0])
      views.push(bytes, bytes.subarray(1), new Uint8Array(bytes.buffer))
      arrayBuffers.push(bytes.buffer)
    })
    expect([...views, ...arrayBuffers].map((one) => one.byteLength)).toEqual([0, 0, 0, 0])
    expect(secret.use((bytes) => bytes).length).toBe(0)
  })

  it('protects the bytes again when the body throws, and passes the error on', () => {
    using secret = SecretBuffer.from('abc')
    let kept: Buffer | undefined
    const thrown = new Error('on purpose')
    const use = () =>
      secret.use((bytes) => {
        kept = bytes
        throw thrown
      })
    expect(use).toThrow(thrown)
    expect(kept?.length).toBe(0)
    expect(secret.equals(Buffer.from('abc'))).toBe(true)
  })

  it('can be nested: one view, protected when the outermost body ends', () => {
    using secret = SecretBuffer.from('abc')
    secret.use((outer) => {
      const same = secret.use((inner) => {
        inner[0] = 0x7a
        return secret.use((innermost) => innermost === inner) && inner === outer
      })
      expect([same, outer.toString()]).toEqual([true, 'zbc'])
      expect(() =>
        secret.use(() => {
          throw new Error('inside')
        }),
      ).toThrow('inside')
      expect(outer.toString()).toBe('zbc')
    })
    expect(secret.equals(Buffer.from('zbc'))).toBe(true)
  })

  it('of several secrets can be nested', () => {
    using one = SecretBuffer.from([1])
    using other = SecretBuffer.from([2])
    expect(one.use((a) => other.use((b) => one.use((c) => [...a, ...b, ...c])))).toEqual([1, 2, 1])
  })

  it.each([
    ['an async function', async (bytes: Buffer) => bytes.toString()],
    [
      'an async function that fails for it',
      async (bytes: Buffer) => {
        await undefined
        bytes.readUInt8(0)
      },
    ],
    // biome-ignore lint/suspicious/noThenProperty: it is there to be mistaken for a promise
    ['a function that returns something with a then', () => ({ then: () => {} })],
  ])('refuses %s, after the bytes are protected again', async (_title, body) => {
    using secret = SecretBuffer.from('abc')
    let kept: Buffer | undefined
    const use = () =>
      secret.use((bytes) => {
        kept = bytes
        return body(bytes)
      })
    expect(use).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(kept?.length).toBe(0)
    await new Promise((resolve) => setImmediate(resolve)) // a rejection would end the test run
    expect(secret.equals(Buffer.from('abc'))).toBe(true)
  })

  it.each([[undefined], [null], ['body'], [{}]])('refuses %s as a body', (body) => {
    using secret = new SecretBuffer(1)
    expect(() => secret.use(anything(body))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('lets dispose() inside take effect when the body returns', () => {
    const secret = SecretBuffer.from('abc')
    secret.use((bytes) => {
      secret.dispose()
      expect([secret.isDisposed, secret.isClosed, bytes.toString()]).toEqual([true, false, 'abc'])
      expect(() => secret.use(() => {})).toThrow(code('ERR_HOLDFAST_DISPOSED'))
      expect(bytes.toString()).toBe('abc')
    })
    expect([secret.isClosed, liveHandles('SecretBuffer')]).toEqual([true, 0])
  })

  it('lets dispose() inside take effect when the outermost body throws', () => {
    const secret = SecretBuffer.from('abc')
    const use = () =>
      secret.use(() => {
        secret.use(() => secret.dispose())
        expect(secret.isClosed).toBe(false)
        throw new Error('on purpose')
      })
    expect(use).toThrow('on purpose')
    expect(secret.isClosed).toBe(true)
  })

  it('lets disposeAsync() inside resolve after the body', async () => {
    const secret = SecretBuffer.from('abc')
    const disposal = secret.use((bytes) => {
      const promise = secret.disposeAsync()
      expect([secret.isClosed, bytes.length]).toEqual([false, 3])
      return [promise]
    })
    await disposal[0]
    expect([secret.isClosed, liveHandles('SecretBuffer')]).toEqual([true, 0])
  })

  it('ends when a body gives the reference back that is not its own', () => {
    const secret = SecretBuffer.from('abc')
    const use = () =>
      secret.use((bytes) => {
        secret.dispose()
        secret.dangerousRelease()
        expect([secret.isClosed, bytes.length]).toEqual([true, 0])
      })
    expect(use).toThrow(code('ERR_HOLDFAST_INVALID_OPERATION'))
    expect(liveHandles('SecretBuffer')).toBe(0)
  })

  it('works in disposeCore()', () => {
    let last = ''
    class Key extends SecretBuffer {
      protected override disposeCore(): void {
        last = this.use((bytes) => bytes.toString('hex'))
      }
    }
    new Key(2).dispose()
    expect([last, liveHandles('Key')]).toEqual(['0000', 0])
  })
})

describe('SecretBuffer.equals()', () => {
  it('compares with secrets and with bytes', () => {
    using secret = SecretBuffer.from('abc')
    using same = SecretBuffer.from('abc')
    using other = SecretBuffer.from('abd')
    using longer = SecretBuffer.from('abcd')
    expect([secret, same, other, longer].map((one) => secret.equals(one))).toEqual([true, true, false, false])
    const bytes = Buffer.from('abc')
    expect(
      [bytes, new Uint8Array(bytes).buffer, Buffer.from('abd'), Buffer.from('ab')].map((one) => secret.equals(one)),
    ).toEqual([true, true, false, false])
    const shared = new Uint8Array(new SharedArrayBuffer(3))
    shared.set(bytes)
    expect(secret.equals(shared)).toBe(true)
  })

  it('works inside use() and leaves the bytes reachable there', () => {
    using secret = SecretBuffer.from('abc')
    using other = SecretBuffer.from('abc')
    secret.use((bytes) => {
      expect([secret.equals(other), other.equals(secret), secret.equals(secret), secret.equals(bytes)]).toEqual(
        Array(4).fill(true),
      )
      bytes[0] = 1
    })
    expect(secret.equals(other)).toBe(false)
  })

  it.each([[undefined], [null], [5], [{}], [[1, 2]]])('refuses %o', (other) => {
    using secret = new SecretBuffer(2)
    expect(() => secret.equals(anything(other))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })
})

describe('a SecretBuffer that is disposed', () => {
  it('refuses every member, and the others take it for disposed, too', () => {
    const secret = SecretBuffer.from('abc')
    using other = SecretBuffer.from('abc')
    secret.dispose()
    const uses = [
      () => secret.use(() => {}),
      () => secret.equals(other),
      () => other.equals(secret),
      () => secret.byteLength,
      () => secret.lease(),
    ]
    for (const use of uses) expect(use).toThrow(code('ERR_HOLDFAST_DISPOSED'))
  })

  it('still has the address it told', () => {
    const secret = new SecretBuffer(8)
    const address = secret.dangerousGetHandle()
    secret.dispose()
    expect([address > 0n, secret.dangerousGetHandle() === address]).toEqual([true, true])
    const other = new SecretBuffer(8)
    other.dispose()
    expect(other.dangerousGetHandle()).toBe(0n)
  })

  it('waits for a lease', () => {
    const secret = new SecretBuffer(8)
    const lease = secret.lease()
    secret.dispose()
    expect(secret.isClosed).toBe(false)
    lease.dispose()
    expect([secret.isClosed, liveHandles('SecretBuffer')]).toEqual([true, 0])
  })

  it('was disposed quietly by disposeAsync(), too', async () => {
    const secret = SecretBuffer.from('abc')
    await secret.disposeAsync()
    expect([secret.isClosed, liveHandles('SecretBuffer')]).toEqual([true, 0])
  })
})

describe('the contents of a SecretBuffer', () => {
  const TEXT = 'correct horse'

  it('show in no description, also not while they are in use', () => {
    using secret = SecretBuffer.from(TEXT)
    const describeAll = () => [
      inspect(secret),
      inspect(secret, { showHidden: true, depth: null, getters: true }),
      inspect(secret, { customInspect: false, showHidden: true, depth: null, getters: true }),
      inspect({ secret }, { depth: null }),
      JSON.stringify(secret),
      JSON.stringify({ secret }),
      String(secret),
      JSON.stringify(structuredClone(secret)),
      Object.values(secret).join(),
    ]
    const leaks = (text: string) => text.includes('correct') || /63,? ?6f,? ?72|99, ?111/.test(text)
    const shown = [...describeAll(), ...secret.use(describeAll)]
    expect(shown.filter(leaks)).toEqual([])
    expect(inspect(secret)).toContain('13')
  })

  it('show in no error message', () => {
    using secret = new SecretBuffer(1)
    const attempts = [
      () => secret.equals(anything(TEXT)),
      () => SecretBuffer.from(TEXT, { wipeSource: true }),
      () => SecretBuffer.from(anything(123456789n)),
    ]
    for (const attempt of attempts) {
      let message = 'nothing was thrown: 123456789'
      try {
        attempt()
      } catch (error) {
        message = String(error)
      }
      expect(message).not.toMatch(/correct|123456789/)
    }
  })
})
