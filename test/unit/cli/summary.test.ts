import { describe, expect, it } from 'vitest'
import { summarize } from '../../../lib/cli/summary.js'
import type { Recording, SiteTotals } from '../../../lib/recording/recording.js'
import { frame, recording, site } from '../../report/fixtures/recordings.js'

const plain = (made: Recording) => summarize(made, (_, text) => text)
const opened = (index: number, parts: Partial<SiteTotals> = {}) =>
  site({ kind: 'Db', stack: [frame(`open src/db.js:${index}:1`)], opened: 10, openedBytes: 1000, ...parts })
const of = (...sites: SiteTotals[]) => recording({ sites })

describe('the summary of a recording', () => {
  it.each<[string, Partial<Recording>]>([
    ['Ended with exit code 3', { end: { at: 60_000, exitCode: 3 } }],
    ['Ended by SIGKILL', { end: { at: 60_000, signal: 'SIGKILL' } }],
    ['Recorded up to the last whole record,', { end: undefined }],
  ])('says how the program ended: %s', (text, parts) => {
    expect(plain({ ...of(opened(1)), ...parts })).toContain(`level full. ${text} after 10 min 0 s.`)
  })

  it('says how many handles have a stack where not all have', () => {
    expect(plain(recording({ sites: [opened(1)], level: 'sampled' }))).toContain(
      'level sampled, a stack for one in 128.',
    )
  })

  it('counts those that were given to other threads, where there are any', () => {
    expect(plain(of(opened(1, { transferred: 4 })))).toContain(
      '10 handles opened: 6 disposed, 0 finalized, 4 given to other threads, 0 left.',
    )
    expect(plain(of(opened(1)))).not.toContain('other threads')
  })

  it('lists where most bytes were opened when nothing leaked, and calls nothing wrong', () => {
    const text = plain(of(opened(1), opened(2, { openedBytes: 5000 })))
    expect(text).toMatch(/Most native bytes:\n.*opened at\n.*db\.js:2:1\)\n.*db\.js:1:1\)\n$/)
    expect(text).not.toContain('What is wrong')
  })

  it('says what is wrong also where nothing leaked, and nothing of places that are fine', () => {
    const wasteful = opened(7, { opened: 5_000_000, peakLive: 1, meanLifetime: 0.5 })
    const [, wrong] = plain(of(opened(1), wasteful)).split('What is wrong:\n')
    expect(wrong).toMatch(/^ {2}Db opened at open \(src\/db\.js:7:1\): needless creation\n {4}[^\n]+\n$/)
  })

  it('names what holds the handles that are left, three ways of it at most', () => {
    const heldBy = ['the listeners of a Bus', 'a pending timer', 'a closure', 'a fourth']
    const [, wrong = ''] = plain(of(opened(1, { live: 2, heldBy }))).split('What is wrong:\n')
    expect(wrong.match(/held by .*/g)).toEqual(heldBy.slice(0, 3).map((line) => `held by ${line}`))
  })

  it('lists ten places, those that lost most bytes first, then most handles, and counts the others', () => {
    const sites = Array.from({ length: 12 }, (_, index) => opened(index + 1, { openedBytes: 0, live: index % 10 }))
    const leaky = [...sites, opened(99, { live: 1 })]
    const text = plain(of(...leaky))
    const [, table = ''] = text.split('disposed of them:\n')
    const lines = [...table.matchAll(/db\.js:(\d+):1\)$/gm)].map(([, line]) => Number(line))
    expect(lines.slice(0, 3)).toEqual([99, 10, 9])
    expect(lines).toHaveLength(10)
    expect(table).toContain('\n… and 1 more site\n')
  })

  it('has the kind that held most bytes first, then the one that was opened most', () => {
    const kinds = [
      { ...opened(1), kind: 'Few', opened: 3, peakLiveBytes: 0 },
      { ...opened(2), kind: 'Many', opened: 30, peakLiveBytes: 0 },
      { ...opened(3), kind: 'Large', opened: 1, peakLiveBytes: 5000 },
    ]
    expect(plain(of(...kinds)).match(/^(Few|Many|Large)\b/gm)).toEqual(['Large', 'Many', 'Few'])
  })

  it('of a program that opened nothing ends with its kinds', () => {
    expect(plain(of())).toMatch(/0 handles opened[^\n]+\n\nkind[^\n]+\n$/)
  })
})
