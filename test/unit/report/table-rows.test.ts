import { describe, expect, it } from 'vitest'
import { filteredRows, sortedRows } from '../../../lib/report/client/table-rows.js'

describe('sorted rows', () => {
  const rows = [{ n: 2 }, { n: undefined }, { n: 10 }, { n: 2, second: true }, { n: 1 }]
  const sorted = (descending: boolean) => sortedRows(rows, ({ n }) => n, descending)

  it('go up or down, and those without a value are last either way', () => {
    expect(sorted(false).map(({ n }) => n)).toEqual([1, 2, 2, 10, undefined])
    expect(sorted(true).map(({ n }) => n)).toEqual([10, 2, 2, 1, undefined])
  })

  it('keep the order of equals, and leave the rows alone', () => {
    expect(sorted(true).filter(({ n }) => n === 2)).toEqual([{ n: 2 }, { n: 2, second: true }])
    expect(rows[0]).toEqual({ n: 2 })
  })
})

describe('filtered rows', () => {
  const rows = ['nativebuffer src/upload.js', 'db src/pool.js', 'statement src/upload.js']
  const filtered = (text: string) => filteredRows(rows, text, (row) => row)

  it('have every word, in any order and case', () => {
    expect(filtered('UPLOAD statement')).toEqual(['statement src/upload.js'])
    expect(filtered('src/')).toHaveLength(3)
    expect(filtered('upload pool')).toEqual([])
  })

  it('are all of them without a word', () => {
    expect(filtered('  ')).toBe(rows)
  })
})
