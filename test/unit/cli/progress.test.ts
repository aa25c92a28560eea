import { describe, expect, it } from 'vitest'
import { Progress } from '../../../lib/cli/terminal.js'

function terminal(isTerminal = true) {
  const output = {
    isTerminal,
    at: 0,
    text: '',
    now: () => output.at,
    write(text: string) {
      output.text += text
    },
  }
  return output
}

describe('progress', () => {
  it('is not shown for what takes two seconds or less', () => {
    const output = terminal()
    const progress = new Progress('Reading', output)
    output.at = 1999
    progress.update(0.5)
    progress.end()
    expect(output.text).toBe('')
  })

  it('is shown after that, ten times in a second at most, and leaves nothing behind', () => {
    const output = terminal()
    const progress = new Progress('Reading a.hfrec', output)
    for (let at = 0; at <= 3000; at++) {
      output.at = at
      progress.update(at / 4000)
    }
    const shown = output.text.split('\r\x1b[K').slice(1)
    expect(shown[0]).toBe('Reading a.hfrec: 50 %')
    expect(shown).toHaveLength(11)
    progress.end()
    expect(output.text.endsWith('\r\x1b[K')).toBe(true)
  })

  it('is shown on terminals only', () => {
    const output = terminal(false)
    const progress = new Progress('Reading', output)
    output.at = 10_000
    progress.update(0.5)
    progress.end()
    expect(output.text).toBe('')
  })
})
