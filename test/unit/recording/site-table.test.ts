import { expect, it } from 'vitest'
import { SiteTable } from '../../../lib/recording/site-table.js'

function frame(functionName: string, line: number, file = 'app.js', column = 1) {
  return { functionName, file, line, column }
}

function tableAndOutput(maxSites?: number) {
  const written: unknown[][] = []
  const table = new SiteTable(
    {
      string: (text) => written.push(['string', text]),
      frame: (...values) => written.push(['frame', ...values]),
      site: (kind, frames) => written.push(['site', kind, ...frames]),
    },
    maxSites,
  )
  return { table, written }
}

it('a stack that was seen before gets the same number, and nothing is written', () => {
  const { table, written } = tableAndOutput()
  const first = table.numberOf('Db', [frame('open', 1), frame('main', 9)])
  const length = written.length
  expect(table.numberOf('Db', [frame('open', 1), frame('main', 9)])).toBe(first)
  expect(written).toHaveLength(length)
})

it('strings and frames are written once, before what uses them', () => {
  const { table, written } = tableAndOutput()
  table.numberOf('Db', [frame('open', 1), frame('main', 9)])
  table.numberOf('Db', [frame('open', 1)])
  expect(written).toEqual([
    ['string', 'open'],
    ['string', 'app.js'],
    ['frame', 0, 1, 1, 1],
    ['string', 'main'],
    ['frame', 2, 1, 9, 1],
    ['string', 'Db'],
    ['site', 3, 0, 1],
    ['site', 3, 0],
  ])
})

it('kinds, depths, and frames that differ in anything are told apart', () => {
  const { table } = tableAndOutput()
  const numbers = [
    table.numberOf('Db', undefined),
    table.numberOf('Map', undefined),
    table.numberOf('Db', [frame('f', 1)]),
    table.numberOf('Db', [frame('g', 1)]),
    table.numberOf('Db', [frame('f', 2)]),
    table.numberOf('Db', [frame('f', 1, 'other.js')]),
    table.numberOf('Db', [frame('f', 1, 'app.js', 2)]),
    table.numberOf('Db', [frame('f', 0, 'app.js', 4097)]),
    table.numberOf('Db', [frame('f', 1), frame('g', 1)]),
    table.numberOf('Db', [frame('g', 1), frame('f', 1)]),
  ]
  expect(new Set(numbers).size).toBe(numbers.length)
})

it('no stack and an empty stack are the same', () => {
  const { table } = tableAndOutput()
  expect(table.numberOf('Db', [])).toBe(table.numberOf('Db', undefined))
})

it('a frame that its publisher changes later is still the one it was', () => {
  const { table } = tableAndOutput()
  const published = { ...frame('f', 1) }
  const first = table.numberOf('Db', [published])
  published.functionName = 'changed'
  expect(table.numberOf('Db', [published])).not.toBe(first)
  expect(table.numberOf('Db', [frame('f', 1)])).toBe(first)
})

it('of a program with stacks without end only the innermost frames go on being told apart', () => {
  const { table } = tableAndOutput(3)
  const known = table.numberOf('Db', [frame('open', 1), frame('a', 1)])
  table.numberOf('Db', [frame('open', 1), frame('b', 1)])
  table.numberOf('Db', [frame('open', 1), frame('c', 1)])
  const late = table.numberOf('Db', [frame('open', 1), frame('d', 1)])
  expect(table.numberOf('Db', [frame('open', 1), frame('e', 1)])).toBe(late)
  expect(table.numberOf('Db', [frame('open', 2), frame('e', 1)])).not.toBe(late)
  expect(table.numberOf('Db', [frame('open', 1), frame('a', 1)])).toBe(known)
})
