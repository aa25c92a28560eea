import { describe, expect, it } from 'vitest'
import type { LiveHandle } from '../../../lib/index.js'
import { leakErrorOf, liveHandlesError, pointToOpening } from '../../../lib/testing/leak-message.js'

function handle(kind: string, bytes: number, file?: string): LiveHandle {
  const handle = { id: 1, kind, bytes, touches: 0 }
  return file === undefined
    ? handle
    : { ...handle, createdAt: 0, stack: [{ file, line: 3, column: 5, functionName: 'f' }] }
}

const FILE = `${process.cwd()}/app.js`
const ELSEWHERE = '/elsewhere/app.js'

describe('what is said of handles that were left', () => {
  it.each<[string, LiveHandle[], string]>([
    ['one', [handle('Db', 0, FILE)], 'A `Db` was opened at app.js:3:5 and is still open; put it in'],
    [
      'one whose kind begins with a vowel',
      [handle('Arena', 8, FILE)],
      'An `Arena` of 8 bytes was opened at app.js:3:5',
    ],
    ['one of a file elsewhere', [handle('Db', 0, ELSEWHERE)], 'A `Db` was opened at /elsewhere/app.js:3:5'],
    [
      'several',
      [handle('Db', 0, FILE), handle('Db', 0, FILE)],
      '2 of kind `Db` were opened at app.js:3:5 and are still',
    ],
    ['several with bytes', [handle('Db', 8, FILE), handle('Db', 8, FILE)], '2 of kind `Db`, 16 bytes in all, were'],
  ])('has number, size and place: %s', (_, handles, words) => {
    expect(liveHandlesError(handles)?.message).toContain(words)
  })

  it('says how to learn where, when that is not known', () => {
    const error = liveHandlesError([handle('Db', 8)])
    expect(error?.message).toMatch(/^A `Db` of 8 bytes was opened and is still open; .*\n.*HOLDFAST_TRACKING=full/)
    expect(liveHandlesError([handle('Db', 8, FILE)])?.message).not.toContain('HOLDFAST_TRACKING')
  })

  it.each<[string, LiveHandle[], string]>([
    ['one', [handle('Db', 0, FILE)], 'had not opened it: it was opened at app.js:3:5. Leave it to whoever'],
    [
      'several',
      Array(2).fill(handle('Db', 0, FILE)),
      'had not opened them: they were opened at app.js:3:5. Leave them',
    ],
    ['one, nobody knows where from', [handle('Db', 0)], 'had not opened it. Leave it to whoever'],
  ])('says of what others had opened whose it was: %s', (_, foreign, words) => {
    expect(leakErrorOf({ live: [], collected: [] }, foreign)?.message).toContain(words)
  })

  it('has a sentence for each of twenty places, and the number of the others', () => {
    const handles = Array.from({ length: 25 }, (_, index) => handle('Db', 0, `/elsewhere/${index}.js`))
    const sentences = liveHandlesError(handles)?.message.split('\n') ?? []
    expect(sentences).toHaveLength(21)
    expect(sentences[20]).toContain('5 more places')
  })

  it('begins the stack of the error where the first handle was opened, as far as that is known', () => {
    const known = pointToOpening(liveHandlesError([handle('Db', 0), handle('Db', 0, ELSEWHERE)]) as never)
    expect(known.stack).toMatch(/HandleLeakError: .*\n(.*\n)*\s+at .*\/elsewhere\/app\.js:3:5/)
    const unknown = liveHandlesError([handle('Db', 0)])
    expect(pointToOpening(unknown as never).stack).toContain('leak-message.')
  })

  it('is nothing when there are none', () => {
    expect([liveHandlesError([]), leakErrorOf({ live: [], collected: [] })]).toEqual([undefined, undefined])
  })
})
