import { describe, expect, it } from 'vitest'
import type { SiteTotals } from '../../../lib/recording/recording.js'
import { siteChanges } from '../../../lib/report/site-changes.js'
import { StackTableBuilder } from '../../../lib/report/stack-table.js'
import { earlierServer, frame, leakyServer, recording, site } from '../../report/fixtures/recordings.js'

const opener = (line: number, caller = 'main') => [frame(`open src/a.js:${line}:3`), frame(`${caller} src/main.js:9:1`)]
const made = (line: number, parts: Partial<SiteTotals> = {}, caller?: string) =>
  site({ kind: 'Db', stack: opener(line, caller), opened: 10, openedBytes: 1000, ...parts })

function changes(before: SiteTotals[], after: SiteTotals[]) {
  const stacks = new StackTableBuilder()
  const found = siteChanges(recording({ sites: before }), recording({ sites: after }), stacks)
  return found.map((one) => ({ ...one, line: stacks.table.lines[one.frame] }))
}

describe('sites of two recordings', () => {
  it.each([
    ['new', [], [made(1)]],
    ['gone', [made(1)], []],
    ['grew', [made(1, { live: 1 })], [made(1, { live: 2 })]],
    ['grew', [made(1)], [made(1, { finalized: 1 })]],
    ['grew', [made(1)], [made(1, { opened: 20, openedBytes: 2000 })]],
    ['grew', [made(1, { openedBytes: 0 })], [made(1, { openedBytes: 0, live: 3 })]],
    ['shrank', [made(1, { live: 2 })], [made(1, { live: 1 })]],
    ['shrank', [made(1, { opened: 20, openedBytes: 2000 })], [made(1)]],
  ] as const)('are %s by what leaked, then by what was opened', (change, before, after) => {
    expect(changes([...before], [...after]).map((one) => one.change)).toEqual([change])
  })

  it('that did the same are left out', () => {
    expect(changes([made(1, { live: 1 }), made(2)], [made(2), made(1, { live: 1 })])).toEqual([])
    expect(changes(leakyServer().sites as SiteTotals[], leakyServer().sites as SiteTotals[])).toEqual([])
  })

  it('are the same at one line, whoever called it', () => {
    const [change, ...more] = changes(
      [made(1, { live: 1 }, 'early')],
      [made(1, { live: 1 }, 'late'), made(1, { live: 2 }, 'later')],
    )
    expect(more).toEqual([])
    expect([change?.before.live, change?.after.live, change?.after.opened]).toEqual([1, 3, 20])
  })

  it('are told apart by kind, line and column', () => {
    const other = (text: string) => site({ kind: 'Db', stack: [frame(text)], opened: 1 })
    const found = changes([other('open src/a.js:1:3')], [other('open src/a.js:1:4'), other('open src/a.js:2:3')])
    expect(found.map(({ change }) => change).sort()).toEqual(['gone', 'new', 'new'])
  })

  it('without a stack are compared by kind', () => {
    const bare = (live: number) => site({ kind: 'Db', stack: [], opened: 5, openedBytes: 500, live })
    expect(changes([bare(1)], [bare(2)])).toMatchObject([{ kind: 'Db', frame: -1, change: 'grew' }])
  })

  it('come with the largest change of leaked bytes first, whichever way', () => {
    const before = [made(1, { live: 9 }), made(2), made(3)]
    const after = [made(1), made(2, { live: 2 }), made(3, { finalized: 5 })]
    expect(changes(before, after).map(({ line }) => line)).toEqual([1, 3, 2])
  })

  it('are relative to the directory of each recording', () => {
    const moved = recording({
      sites: [made(1)].map((one) => ({
        ...one,
        stack: one.stack.map((at) => ({ ...at, file: at.file.replace('/srv/photos', '/home/ci/photos') })),
      })),
    })
    const elsewhere = { ...moved, header: { ...moved.header, directory: '/home/ci/photos' } }
    expect(siteChanges(recording({ sites: [made(1)] }), elsewhere, new StackTableBuilder())).toEqual([])
  })

  it('of the server are four', () => {
    const found = siteChanges(earlierServer(), leakyServer(), new StackTableBuilder())
    expect(found.map(({ kind, change }) => `${kind} ${change}`)).toEqual([
      'NativeBuffer grew',
      'MappedFile shrank',
      'NativeArena gone',
      'Subscription new',
    ])
  })
})
