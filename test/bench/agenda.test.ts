import { describe, expect, it } from 'vitest'
import { Agenda } from '../../bench/agenda.js'

/** A clock that is set by hand, in seconds. */
function clock() {
  const time = { seconds: 0, now: () => time.seconds * 1000 }
  return time
}

describe('Agenda', () => {
  it('says what is left by what earlier runs took', () => {
    const time = clock()
    const items = [
      { suite: 'a', question: 'long', trials: 2, seconds: 1200 },
      { suite: 'a', question: 'short', trials: 1, seconds: 30 },
    ]
    const agenda = new Agenda(items, time.now)
    expect(agenda.next('a', 'long')).toBe('1/3, 21 min left')
    time.seconds = 600
    expect(agenda.next('a', 'long')).toBe('2/3, 11 min left')
    time.seconds = 1200
    expect(agenda.next('a', 'short')).toBe('3/3, 30 s left')
  })

  it('expects the rest to be slower when this run is', () => {
    const time = clock()
    const items = [{ suite: 'a', question: 'one', trials: 2, seconds: 7200 }]
    const agenda = new Agenda(items, time.now)
    agenda.next('a', 'one')
    time.seconds = 7200
    expect(agenda.next('a', 'one')).toBe('2/2, 119 min left')
  })

  it('takes the mean where a question was not asked before', () => {
    const items = [
      { suite: 'a', question: 'known', trials: 1, seconds: 300 },
      { suite: 'b', question: 'new', trials: 3 },
    ]
    expect(new Agenda(items, clock().now).next('a', 'known')).toBe('1/4, 20 min left')
  })

  it('goes by the trials of this run where nothing is known', () => {
    const time = clock()
    const agenda = new Agenda([{ suite: 'a', question: 'new', trials: 4 }], time.now)
    expect(agenda.next('a', 'new')).toBe('1/4')
    time.seconds = 20
    expect(agenda.next('a', 'new')).toBe('2/4, 60 s left')
  })
})
