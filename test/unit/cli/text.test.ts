import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, formatPlace, formatTable, plural, shellWord, signed } from '../../../lib/cli/text.js'

describe('a place', () => {
  const frame = { functionName: 'open', file: '/app/src/db.js', line: 3, column: 7 }

  it('in the directory of the program is relative to it', () => {
    expect(formatPlace([frame], '/app')).toBe('open (src/db.js:3:7)')
  })

  it('elsewhere is where it is', () => {
    expect(formatPlace([frame], '/app/lib')).toBe('open (/app/src/db.js:3:7)')
    expect(formatPlace([{ ...frame, file: 'webpack://app/db.js' }], '/app')).toBe('open (webpack://app/db.js:3:7)')
  })

  it('in no function is the place alone', () => {
    expect(formatPlace([{ ...frame, functionName: '<anonymous>' }], '/app')).toBe('src/db.js:3:7')
  })

  it('that was not recorded is said to be so', () => {
    expect(formatPlace([], '/app')).toBe('(no stack was recorded)')
  })
})

describe('a table', () => {
  it('is aligned, with no spaces at the ends of lines', () => {
    const columns = [{ title: 'kind' }, { title: 'count', align: 'right' as const }, { title: 'where' }]
    expect(
      formatTable(columns, [
        ['NativeBuffer', '7', 'here'],
        ['Db', '1,000', ''],
      ]),
    ).toEqual(['kind          count  where', 'NativeBuffer      7  here', 'Db            1,000'])
  })
})

describe('a word for a shell', () => {
  it('is taken for the same word', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!text.includes('\0'))
        expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text)
      }),
      { numRuns: 30, examples: [["it's"], ['$HOME'], ['a b'], ['-x']] },
    )
  })

  it('is not quoted without need', () => {
    expect(shellWord('dir/holdfast-12.hfrec')).toBe('dir/holdfast-12.hfrec')
  })
})

it.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [59_940, '59.9 s'],
  [59_999, '1 min 0 s'],
  [61_000, '1 min 1 s'],
  [3_599_999, '60 min 0 s'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})

it('numbers have their nouns and signs', () => {
  expect([plural(1, 'site'), plural(1000, 'site')]).toEqual(['1 site', '1,000 sites'])
  expect([signed(5, String), signed(-5, String), signed(0, String)]).toEqual(['+5', '−5', '0'])
})
