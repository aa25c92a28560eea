import type { WriteStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { Agenda } from '../../bench/agenda.js'
import type { Question, Trial } from '../../bench/question.js'
import { CURRENT } from '../../bench/runtimes.js'
import { StatusLine } from '../../bench/status-line.js'
import { TrialRunner } from '../../bench/trial-runner.js'

const silent = { isTTY: false, write: () => true } as unknown as WriteStream

function runner(): TrialRunner {
  const options = { runtimes: [CURRENT], agenda: new Agenda([]), status: new StatusLine(silent), quickly: false }
  return new TrialRunner('no such suite', options)
}

function question(more: Partial<Question> = {}): Question {
  return { id: 'id', title: 'title', note: 'note', trials: [], measures: [], ...more }
}

// No suite has it, so that the process of the trial ends with an error.
const crashing: Trial = { name: 'crashes', run: () => ({}) }

describe('TrialRunner', () => {
  it('answers a question whose trial crashes with what went wrong', async () => {
    const answer = await runner().ask(question({ trials: [crashing] }))
    expect(answer.failures).toEqual([expect.stringContaining('"crashes"')])
    expect(answer).toMatchObject({ id: 'id', figures: [], details: [] })
  })

  it('answers a question that cannot judge what came back with what went wrong', async () => {
    const judge = () => {
      throw new Error('nothing to judge')
    }
    const answer = await runner().ask(question({ judge }))
    expect(answer.failures).toEqual(['nothing to judge'])
  })

  it('answers others without a word of failure', async () => {
    const answer = await runner().ask(question({ judge: () => [{ label: 'one', unit: 'count', measured: 1 }] }))
    expect(answer.failures).toBeUndefined()
    expect(answer.figures).toHaveLength(1)
  })
})
