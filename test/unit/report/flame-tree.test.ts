import { describe, expect, it } from 'vitest'
import { depthOf, type FlameNode, flameTree, matcher, matchIn } from '../../../lib/report/client/flame-tree.js'
import { ReportModel } from '../../../lib/report/client/report-model.js'
import { reportData } from '../../../lib/report/report-data.js'
import { frame, leakyServer, manySites, recording, site } from '../../report/fixtures/recordings.js'

const model = (made = leakyServer()) => new ReportModel(reportData(made, undefined))

const MAIN = frame('main src/main.js:1:1')
const small = () =>
  model(
    recording({
      sites: [
        site({ kind: 'Db', stack: [frame('connect src/db.js:5:1'), MAIN], opened: 2, openedBytes: 200, live: 1 }),
        site({
          kind: 'Statement',
          stack: [frame('query src/db.js:9:1'), MAIN],
          opened: 6,
          openedBytes: 60,
          finalized: 3,
        }),
        site({ kind: 'Db', stack: [], opened: 1, openedBytes: 50, live: 1 }),
      ],
    }),
  )

const outline = ({ name, value, children }: FlameNode): unknown[] => [name, value, ...children.map(outline)]

describe('the tree of stacks', () => {
  it('has the callers outside, the kinds inside, and the widest first', () => {
    expect(outline(flameTree(small(), 'churned', 'bytes'))).toEqual([
      'all',
      310,
      ['main', 260, ['connect', 200, ['Db', 200]], ['query', 60, ['Statement', 60]]],
      ['(no stack recorded)', 50, ['Db', 50]],
    ])
  })

  it('of what is live has only that', () => {
    expect(outline(flameTree(small(), 'live', 'handles'))).toEqual([
      'all',
      2,
      ['main', 1, ['connect', 1, ['Db', 1]]],
      ['(no stack recorded)', 1, ['Db', 1]],
    ])
  })

  it('of what leaked has the live and the finalized', () => {
    expect(outline(flameTree(small(), 'leaked', 'handles'))).toEqual([
      'all',
      5,
      ['main', 4, ['query', 3, ['Statement', 3]], ['connect', 1, ['Db', 1]]],
      ['(no stack recorded)', 1, ['Db', 1]],
    ])
  })

  it.each([
    ['live', 'bytes', 'liveBytes'],
    ['live', 'handles', 'live'],
    ['churned', 'handles', 'opened'],
  ] as const)('adds up to the total of what is %s in %s', (measure, unit, total) => {
    for (const made of [leakyServer(), manySites(500)]) {
      expect(flameTree(model(made), measure, unit).value).toBe(made.total[total])
    }
  })

  it('of nothing is only its root', () => {
    const tree = flameTree(model(recording({ sites: [], points: 2 })), 'live', 'bytes')
    expect([tree.value, depthOf(tree)]).toEqual([0, 1])
  })

  it('knows whose code a frame is', () => {
    const origins = new Map<string, string>()
    const visit = ({ name, origin, children }: FlameNode) => {
      origins.set(name, origin)
      for (const child of children) visit(child)
    }
    visit(flameTree(model(), 'churned', 'bytes'))
    expect(Object.fromEntries(origins)).toMatchObject({
      all: 'root',
      onRequest: 'runtime',
      dispatch: 'dependency',
      upload: 'program',
      NativeBuffer: 'kind',
    })
  })
})

describe('a search in the tree', () => {
  const found = (term: string) => matchIn(flameTree(small(), 'churned', 'bytes'), matcher(term))

  it('finds functions, files and kinds, whatever their case', () => {
    expect(found('CONNECT')).toEqual({ frames: 1, share: 200 / 310 })
    expect(found('src/db.js')).toEqual({ frames: 2, share: 260 / 310 })
    expect(found(' statement ')).toEqual({ frames: 1, share: 60 / 310 })
  })

  it('counts what is below two matches once', () => {
    expect(found('src/')).toEqual({ frames: 3, share: 260 / 310 })
  })

  it('does not find the root, and nothing for nothing', () => {
    expect(found('all')).toEqual({ frames: 0, share: 0 })
    expect(found('')).toEqual({ frames: 0, share: 0 })
  })

  it('in an empty tree has a share of 0', () => {
    const empty = flameTree(model(recording({ sites: [], points: 2 })), 'live', 'bytes')
    expect(matchIn(empty, matcher('x'))).toEqual({ frames: 0, share: 0 })
  })
})
