import { describe, expect, it } from 'vitest'
import type { SiteTotals } from '../../../lib/recording/recording.js'
import { fixFor, verdictOf, whatHappened } from '../../../lib/report/client/advice.js'
import { ReportModel } from '../../../lib/report/client/report-model.js'
import { reportData } from '../../../lib/report/report-data.js'
import { recording, site } from '../../report/fixtures/recordings.js'

function made(parts: Partial<SiteTotals>) {
  const sites = [site({ kind: 'Db', stack: [], opened: 10, ...parts })]
  return new ReportModel(reportData(recording({ sites }), undefined)).sites[0] as ReportModel['sites'][number]
}

describe('a site', () => {
  it.each<[string, Partial<SiteTotals>, string]>([
    ['is fine', {}, 'All 10 handles opened here were disposed of.'],
    ['is fine', { opened: 1 }, 'The one handle opened here was disposed of.'],
    ['is fine', { transferred: 2 }, 'All 10 handles opened here were disposed of or given to another thread.'],
    ['leaks', { live: 1 }, 'Of 10 Db handles opened here, 1 was still open at the end.'],
    [
      'leaks',
      { live: 2, finalized: 3 },
      'Of 10 Db handles opened here, 2 were still open at the end and 3 were collected without dispose.',
    ],
    ['leaks', { finalized: 1 }, 'Of 10 Db handles opened here, 1 was collected without dispose.'],
    ['leaks', { opened: 1, live: 1 }, 'The one Db opened here was still open at the end.'],
    ['leaks', { opened: 1, finalized: 1 }, 'The one Db opened here was collected without dispose.'],
    ['churns', { opened: 5000, meanLifetime: 1.5 }, '5,000 were opened here, and each lived 1.5 ms on average.'],
    ['is fine', { opened: 5000, meanLifetime: 900 }, 'All 5,000 handles opened here were disposed of.'],
  ])('that %s says what happened: %o', (verdict, parts, sentence) => {
    const one = made(parts)
    expect([verdictOf(one).replace('fine', 'is fine'), whatHappened(one)]).toEqual([verdict, sentence])
  })

  it('that leaks says which call would have released it, and one that is held says what to do about that', () => {
    expect(fixFor(made({ finalized: 10, disposed: 0 }))).toBe('Put it in a `using` declaration, or call dispose().')
    expect(fixFor(made({ live: 1, heldBy: ["the listeners of event 'x' of a Bus"] }))).toContain('Remove the listener')
    expect(fixFor(made({ opened: 5000, meanLifetime: 1 }))).toContain('Opening one and keeping it')
    expect(fixFor(made({}))).toBeUndefined()
  })
})
