import { NativeBuffer } from 'holdfast'
import { handleMatchers, type MatcherResult, trackHandles } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'

const { toLeakNoHandles, toOpenHandles, toBeDisposed } = handleMatchers
const anything = (value: unknown) => value as never
const code = (code: string) => expect.objectContaining({ code })
const open = () => new NativeBuffer(16).dispose()

describe('matchers', () => {
  it('answer at once for a function that does, and later for one that returns a promise', async () => {
    expect(toLeakNoHandles(open)).toMatchObject({ pass: true })
    const later = toLeakNoHandles(async () => open())
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toMatchObject({ pass: true })
  })

  it('say why they pass, for `not`', () => {
    expect((toLeakNoHandles(open) as MatcherResult).message()).toContain('none of the 1')
    expect((toOpenHandles(open, { NativeBuffer: 1 }) as MatcherResult).message()).toContain('1 of kind NativeBuffer')
  })

  it('say what was left, and leave it to nobody else to complain of that', () => {
    const kept: NativeBuffer[] = []
    using handles = trackHandles()
    const result = toLeakNoHandles(() => kept.push(new NativeBuffer(16))) as MatcherResult
    expect([result.pass, handles.live]).toMatchObject([false, [{ kind: 'NativeBuffer' }]])
    expect(result.message()).toMatch(/`NativeBuffer` of 16 bytes was opened .*and never disposed/)
    for (const buffer of kept) buffer.dispose()
  })

  it('say whether a handle is open or disposed, and of which class', () => {
    const { message: ofOpen } = toBeDisposed(new NativeBuffer(0))
    const { message: ofDisposed } = toBeDisposed(Object.assign(Object.create(null), { isDisposed: true }))
    expect([ofOpen(), ofDisposed()]).toEqual([
      'Expected this NativeBuffer to be disposed. It is open.',
      'Expected this object to be open. It was disposed.',
    ])
  })

  it('do not look at kinds that are not named', () => {
    expect(toOpenHandles(open, {})).toMatchObject({ pass: true })
    expect(toOpenHandles(open, { NativeArena: 0 })).toMatchObject({ pass: true })
  })

  it('throw what the function throws', async () => {
    const fail = () => {
      throw new RangeError('its own')
    }
    expect(() => toLeakNoHandles(fail)).toThrow(RangeError)
    await expect(toOpenHandles(async () => fail(), {})).rejects.toThrow(RangeError)
  })

  it('know what was disposed from isDisposed, or disposed', () => {
    const buffer = new NativeBuffer(16)
    expect(toBeDisposed(buffer)).toMatchObject({ pass: false })
    buffer.dispose()
    expect(toBeDisposed(buffer)).toMatchObject({ pass: true })
    expect(toBeDisposed({ disposed: true })).toMatchObject({ pass: true })
  })

  it.each<[string, () => unknown, string]>([
    ['what is no function', () => toLeakNoHandles(new NativeBuffer(0)), 'ERR_INVALID_ARG_TYPE'],
    ['counts that are none', () => toOpenHandles(open, anything(undefined)), 'ERR_INVALID_ARG_TYPE'],
    ['a count that is a text', () => toOpenHandles(open, anything({ NativeBuffer: '1' })), 'ERR_INVALID_ARG_TYPE'],
    ['a negative count', () => toOpenHandles(open, { NativeBuffer: -1 }), 'ERR_OUT_OF_RANGE'],
    ['what cannot be disposed', () => toBeDisposed({}), 'ERR_INVALID_ARG_TYPE'],
    ['nothing', () => toBeDisposed(undefined), 'ERR_INVALID_ARG_TYPE'],
  ])('refuse %s', (_, call, expected) => {
    expect(call).toThrow(code(expected))
  })
})
