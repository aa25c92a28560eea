import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { shellWord } from '../../lib/cli/text.js'
import { readRecording } from '../../lib/recording/read-recording.js'
import { fixture, runCommand, startEndless } from '../support/command.js'
import { type ScratchDirectory, scratchDirectory } from '../support/recordings.js'

const COMMAND = fileURLToPath(new URL('../../dist/cli/holdfast.js', import.meta.url))

const record = (way: string) => ['-o', 'a.hfrec', fixture('endless.mjs'), way]

describe('kill -9', () => {
  it.each([
    ['that waits for its event loop', 'timer', 5000],
    ['that never yields', 'loop', 1000],
    ['that hangs in synchronous code', 'hang', 100],
  ])('of a program %s leaves what it did up to the last second', async (_, way, opened) => {
    using scratch = scratchDirectory()
    await using command = await startEndless(record(way), scratch.directory)
    process.kill(command.program, 'SIGKILL')
    const { code, stderr } = await command.ended
    expect([code, stderr]).toEqual([137, expect.stringMatching(/^holdfast: recorded a\.hfrec: [^\n]+\n$/)])
    const { total, end, sites } = readRecording(scratch.path('a.hfrec'))
    expect(total.opened).toBeGreaterThanOrEqual(opened)
    expect(end).toMatchObject({ signal: 'SIGKILL' })
    expect(sites[0]?.stack[0]).toMatchObject({ functionName: 'open', file: fixture('endless.mjs') })
  })

  it('of the command and the program leaves a file of which a report is made, with a note', async () => {
    using scratch = scratchDirectory()
    await using command = await startEndless(record('timer'), scratch.directory)
    command.process.kill('SIGKILL')
    process.kill(command.program, 'SIGKILL')
    await command.ended
    const report = await runCommand(['report', 'a.hfrec'], scratch.directory)
    expect([report.code, report.stderr]).toEqual([0, expect.stringMatching(/^note: a\.hfrec: .*no end.*\n$/)])
    expect(report.stdout).toContain('5,000 handles opened')
  })

  it('of the command alone does not end the recording', async () => {
    using scratch = scratchDirectory()
    await using command = await startEndless(record('loop'), scratch.directory)
    command.process.kill('SIGKILL')
    await sleep(0)
    const before = readRecording(scratch.path('a.hfrec')).total.opened
    await expect.poll(() => readRecording(scratch.path('a.hfrec')).total.opened).toBeGreaterThan(before)
    process.kill(command.program, 'SIGKILL')
  })
})

describe.skipIf(process.platform !== 'linux')('in a terminal', () => {
  /** Runs the command in a terminal, as `script` of util-linux makes one, and types when it says `ready`. */
  async function inTerminal(program: string, typed: string, scratch: ScratchDirectory): Promise<string> {
    writeFileSync(scratch.path('program.mjs'), program)
    // `exec`, since a shell that waits for it dies of the Ctrl+C too, and its end hides that of the command: dash does.
    const line = `exec ${[process.execPath, COMMAND, 'run', '-o', 'a.hfrec', 'program.mjs'].map(shellWord).join(' ')}`
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
    const terminal = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: scratch.directory,
      // With `CI`, where the runtime itself has no colours.
      env: { ...env, TERM: 'xterm', CI: 'true' },
    })
    let output = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ready')) terminal.stdin.write(typed)
      output += text
    })
    const [code] = await once(terminal, 'close')
    return `${output}ended with ${code}`
  }

  it('Ctrl+C comes to the program once, and the command waits for it; what it says is painted', async () => {
    using scratch = scratchDirectory()
    const output = await inTerminal(
      `let count = 0
      process.on('SIGINT', () => {
        if (++count === 1) setTimeout(() => process.exit(40 + count), 500)
      })
      console.log('ready')
      setInterval(() => {}, 1000)`,
      '\x03',
      scratch,
    )
    expect(output).toMatch(/ended with 41$/)
    expect(output).toContain('recorded \x1b[1ma.hfrec\x1b[22m')
  })
})

describe('a signal that the command gets', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is handed to the program, and ends both: %s', async (signal) => {
    using scratch = scratchDirectory()
    await using command = await startEndless(record('timer'), scratch.directory)
    command.process.kill(signal)
    expect(await command.ended).toMatchObject({ code: null, signal })
    expect(() => process.kill(command.program, 0)).toThrow(expect.objectContaining({ code: 'ESRCH' }))
    expect(readRecording(scratch.path('a.hfrec'))).toMatchObject({ end: { signal }, total: { opened: 5000 } })
  })

  it('may be taken by the program, whose code is the end then', async () => {
    using scratch = scratchDirectory()
    await using command = await startEndless(record('catch'), scratch.directory)
    command.process.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 5, signal: null })
    expect(readRecording(scratch.path('a.hfrec'))).toMatchObject({ end: { exitCode: 5 }, notes: [] })
  })
})
