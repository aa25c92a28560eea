import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { appendEnd, appendHolders } from '../../../lib/recording/amend-recording.js'
import { readRecording } from '../../../lib/recording/read-recording.js'
import { RecordingError } from '../../../lib/recording/recording-error.js'
import { at, RecordingWriter, scratchDirectory } from '../../support/recordings.js'

function write(path: string): void {
  const writer = new RecordingWriter(path)
  writer.thread(0).open(1, 1, 'Db', 100, at('a.js', 1))
  writer.thread(0).open(1, 2, 'Db', 200, at('a.js', 2))
  writer.flush(0)
  writer.thread(0).open(1, 3, 'Map', 1, undefined)
  writer.end()
}

describe('holders', () => {
  it('are found at their sites, wherever they were added', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    write(path)
    appendHolders(path, [{ kind: 'Db', stack: at('a.js', 1), lines: ['a Map of the module a.js'] }])
    appendEnd(path, { at: 5, exitCode: 0 })
    appendHolders(path, [{ kind: 'Map', stack: [], lines: ['a timer', 'a closure of f'] }])
    const heldBy = readRecording(path).sites.map((site) => [site.kind, site.stack[0]?.line, site.heldBy])
    expect(heldBy.sort()).toEqual([
      ['Db', 1, ['a Map of the module a.js']],
      ['Db', 2, []],
      ['Map', undefined, ['a timer', 'a closure of f']],
    ])
  })

  it('of the same site that are added later replace the earlier ones', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    write(path)
    for (const line of ['first', 'second']) appendHolders(path, [{ kind: 'Map', stack: [], lines: [line] }])
    expect(readRecording(path).sites.find(({ kind }) => kind === 'Map')?.heldBy).toEqual(['second'])
  })
})

describe('an end', () => {
  it('that was added says which signal it was', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    write(path)
    appendEnd(path, { at: 77, signal: 'SIGKILL' })
    const { end, notes, timeline } = readRecording(path)
    expect([end, notes, timeline.at.at(-1)]).toEqual([{ at: 77, signal: 'SIGKILL' }, [], 77])
  })

  it('takes the place of a block that is not whole, of which a note is left', () => {
    using scratch = scratchDirectory()
    const path = scratch.path('a.hfrec')
    write(path)
    truncateSync(path, readFileSync(path).length - 1)
    appendEnd(path, { at: 77, signal: 'SIGKILL' })
    const { end, notes, total } = readRecording(path)
    expect([end?.signal, total.opened]).toEqual(['SIGKILL', 2])
    expect(notes).toEqual([expect.stringContaining('cut off')])
  })
})

it('nothing is added to what is no recording', () => {
  using scratch = scratchDirectory()
  const path = scratch.path('a.txt')
  writeFileSync(path, 'a letter')
  expect(() => appendEnd(path, { at: 1 })).toThrow(RecordingError)
  expect(readFileSync(path, 'utf8')).toBe('a letter')
})
