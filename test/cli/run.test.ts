import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../lib/recording/read-recording.js'
import { expectWrongUse, fixture, runCommand, startEndless } from '../support/command.js'
import { type ScratchDirectory, scratchDirectory } from '../support/recordings.js'

const HANDLES = fixture('handles.mjs')

/** Records a program that opens what it is told to. */
function recordHandles(scratch: ScratchDirectory, what: object, options: readonly string[] = []) {
  return runCommand(['run', '-o', 'a.hfrec', ...options, HANDLES, JSON.stringify(what)], scratch.directory)
}

const lines = (text: string) => text.split('\n').length - 1

describe('holdfast run', () => {
  it('records what the program opened, where, and how it ended', async () => {
    using scratch = scratchDirectory()
    const result = await recordHandles(scratch, { keep: 3, dispose: 5, exitCode: 4 })
    expect(result).toMatchObject({ code: 4, stdout: '' })
    expect(result.stderr).toMatch(/^holdfast: recorded a\.hfrec: 8 handles, .* holdfast report a\.hfrec\n$/)
    const { header, end, sites, kinds, notes } = readRecording(scratch.path('a.hfrec'))
    expect(header).toMatchObject({ level: 'full', command: [HANDLES, expect.any(String)] })
    expect([end?.exitCode, notes]).toEqual([4, []])
    expect(kinds['NativeBuffer']).toMatchObject({ opened: 8, disposed: 5, live: 3, liveBytes: 15_000 })
    const kept = sites.find(({ live }) => live === 3)
    expect(kept?.stack[0]).toMatchObject({
      functionName: 'keepOne',
      file: HANDLES,
      line: lineOf('new NativeBuffer(5000)'),
    })
  })

  it('names the recording after the program unless told otherwise', async () => {
    using scratch = scratchDirectory()
    const { stderr } = await runCommand(['run', HANDLES], scratch.directory)
    const [name = ''] = readdirSync(scratch.directory)
    expect(name).toMatch(/^holdfast-\d+\.hfrec$/)
    expect(name).toContain(String(readRecording(scratch.path(name)).header.pid))
    expect(stderr).toContain(name)
  })

  it('leaves options behind the script to the script, and hides itself from it and its children', async () => {
    using scratch = scratchDirectory()
    const args = ['run', '-o', 'a.hfrec', '--level', 'sampled', fixture('surroundings.mjs'), '-o', 'b', '--level', '--']
    // What the test suite itself has in its environment is not meant.
    const env = { HOLDFAST_SANITIZED: undefined, HOLDFAST_COVERAGE: undefined }
    const { stdout } = await runCommand(args, scratch.directory, { env })
    expect(JSON.parse(stdout)).toEqual({
      variables: [],
      arguments: ['-o', 'b', '--level', '--'],
      level: 'sampled',
      child: { variables: [], arguments: ['child'], level: 'counts' },
      complaints: '',
    })
    expect(readdirSync(scratch.directory)).toEqual(['a.hfrec'])
  })

  it.skipIf(process.platform === 'win32')('takes as many arguments as the system does', async () => {
    using scratch = scratchDirectory()
    writeFileSync(scratch.path('count.mjs'), 'console.log(process.argv.length - 2)\n')
    const args = Array.from({ length: 4000 }, (_, number) => `${'a'.repeat(50)}${number}`)
    const { code, stdout } = await runCommand(['run', '-o', 'a.hfrec', 'count.mjs', ...args], scratch.directory)
    expect([code, stdout]).toEqual([0, '4000\n'])
    expect(readRecording(scratch.path('a.hfrec')).header.command).toEqual(['count.mjs', ...args])
  })

  it('hands standard input on', async () => {
    using scratch = scratchDirectory()
    writeFileSync(scratch.path('echo.mjs'), 'process.stdin.pipe(process.stdout)\nconsole.log("ready")\n')
    const input = { after: 'ready', text: 'hello' }
    const { stdout } = await runCommand(['run', 'echo.mjs'], scratch.directory, { input })
    expect(stdout).toBe('ready\nhello')
  })

  it('hands the options of its own runtime on', async () => {
    using scratch = scratchDirectory()
    writeFileSync(scratch.path('gc.mjs'), 'console.log(typeof gc)\n')
    const { stdout } = await runCommand(['run', 'gc.mjs'], scratch.directory, { execArgv: ['--expose-gc'] })
    expect(stdout).toBe('function\n')
  })

  it('records no handles at the level off, and says so', async () => {
    using scratch = scratchDirectory()
    const { code, stderr } = await recordHandles(scratch, { keep: 2 }, ['--level', 'off'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('no handles, since the level is off')])
    expect(readRecording(scratch.path('a.hfrec')).total.opened).toBe(0)
  })

  it('leaves alone what the program forks, with its options, and the threads of that', async () => {
    using scratch = scratchDirectory()
    writeFileSync(
      scratch.path('family.mjs'),
      `import { fork } from 'node:child_process'
       import { isMainThread, Worker } from 'node:worker_threads'
       if (!isMainThread) console.log('a thread of the child')
       else if (process.argv[2] === undefined) fork('family.mjs', ['child'])
       else new Worker(new URL(import.meta.url))`,
    )
    const result = await runCommand(['run', 'family.mjs'], scratch.directory)
    expect(result).toMatchObject({ code: 0, stdout: 'a thread of the child\n' })
    expect(result.stderr).toMatch(/^holdfast: recorded [^\n]+\n$/)
    expect(readdirSync(scratch.directory)).toHaveLength(2)
  })

  it('leaves alone what is started before the program, by what the runtime loads first', async () => {
    using scratch = scratchDirectory()
    writeFileSync(
      scratch.path('early.cjs'),
      `if (process.env.HOLDFAST_RECORDING && !process.env.EARLY) {
         const env = { ...process.env, EARLY: '1' }
         require('node:child_process').spawnSync(process.execPath, [...process.execArgv, '-e', '0'], { env })
       }`,
    )
    const execArgv = ['--require', scratch.path('early.cjs')]
    expect((await runCommand(['run', HANDLES], scratch.directory, { execArgv })).code).toBe(0)
    expect(readdirSync(scratch.directory).sort()).toEqual(['early.cjs', expect.stringMatching(/\.hfrec$/)])
  })

  it('replaces an earlier recording', async () => {
    using scratch = scratchDirectory()
    await recordHandles(scratch, { keep: 3 })
    await recordHandles(scratch, { dispose: 1 })
    expect(readRecording(scratch.path('a.hfrec')).total).toMatchObject({ opened: 1, live: 0 })
  })

  it('records every thread, and what workers leave is released with them', async () => {
    using scratch = scratchDirectory()
    const result = await runCommand(['run', '-o', 'a.hfrec', fixture('threads.mjs')], scratch.directory)
    expect(result.code).toBe(0)
    const { total, sites } = readRecording(scratch.path('a.hfrec'))
    expect(total).toMatchObject({ opened: 7, disposed: 4, finalized: 3, live: 0 })
    expect(sites).toHaveLength(3)
    expect(sites.every(({ stack }) => stack[0]?.file === fixture('threads.mjs'))).toBe(true)
  })

  it('runs what require() would find, and CommonJS', async () => {
    using scratch = scratchDirectory()
    mkdirSync(scratch.path('app'))
    writeFileSync(scratch.path('app/index.js'), 'console.log(require("node:path").basename(__filename))\n')
    expect(await runCommand(['run', 'app'], scratch.directory)).toMatchObject({ code: 0, stdout: 'index.js\n' })
  })
})

describe('the end of the program', () => {
  it('that failed is the end of the command', async () => {
    using scratch = scratchDirectory()
    const { code } = await recordHandles(scratch, { keep: 1, fail: true }, ['--fail-on-leak'])
    expect(code).toBe(1)
    expect(readRecording(scratch.path('a.hfrec'))).toMatchObject({ end: { exitCode: 1 }, total: { live: 1 } })
  })

  it.each([
    ['changed', 7, 'later'],
    ['hurried', 8, 'at once'],
  ])('that a listener of `exit` has %s is the one that counts, with what it disposed of', async (_, code, how) => {
    using scratch = scratchDirectory()
    const args = ['run', '-o', 'a.hfrec', fixture('exit-listener.mjs'), how]
    expect((await runCommand(args, scratch.directory)).code).toBe(code)
    expect(readRecording(scratch.path('a.hfrec'))).toMatchObject({
      end: { exitCode: code },
      total: { opened: 2, disposed: 1, live: 1 },
    })
  })

  it('that the program announces itself, without a code, is recorded as 0', async () => {
    using scratch = scratchDirectory()
    writeFileSync(
      scratch.path('announcing.cjs'),
      `setImmediate(() => {
         process.emit('exit')
         console.log('pid ' + process.pid + ' ready')
       })
       setInterval(() => {}, 1000)`,
    )
    await using command = await startEndless(['-o', 'a.hfrec', 'announcing.cjs'], scratch.directory)
    expect(readRecording(scratch.path('a.hfrec')).end).toMatchObject({ exitCode: 0 })
    command.process.kill('SIGKILL')
    process.kill(command.program, 'SIGKILL')
  })

  it('by a signal is 128 and its number, as in a shell, and is recorded', async () => {
    using scratch = scratchDirectory()
    const { code } = await recordHandles(scratch, { keep: 2, signal: 'SIGKILL' })
    expect(code).toBe(137)
    expect(readRecording(scratch.path('a.hfrec'))).toMatchObject({
      end: { signal: 'SIGKILL' },
      notes: [],
      total: { live: 2 },
    })
  })
})

describe('--fail-on-leak', () => {
  it.each([
    ['0 when everything was disposed of', { dispose: 3 }, 0],
    ['1 when handles are left', { keep: 1, dispose: 3 }, 1],
    ['1 when handles were finalized', { drop: 3 }, 1],
    ['the code of a program that fails', { keep: 1, exitCode: 9 }, 9],
  ])('ends with %s', async (_, what, code) => {
    using scratch = scratchDirectory()
    const result = await recordHandles(scratch, what, ['--fail-on-leak'])
    expect(result.code).toBe(code)
    if (code === 1) expect(result.stderr).toMatch(/handles\.mjs:\d+/)
  })

  it('ends with 2 when the program has destroyed its recording, and only then', async () => {
    using scratch = scratchDirectory()
    const text = `import { writeFileSync } from 'node:fs'
      process.on('exit', () => writeFileSync('a.hfrec', 'something else'))`
    writeFileSync(scratch.path('vandal.mjs'), text)
    const run = (...options: string[]) =>
      runCommand(['run', '-o', 'a.hfrec', ...options, 'vandal.mjs'], scratch.directory)
    const complaint = expect.stringMatching(/^holdfast: cannot read a\.hfrec: [^\n]+\n$/)
    expect(await run('--fail-on-leak')).toMatchObject({ code: 2, stderr: complaint })
    rmSync(scratch.path('a.hfrec'))
    expect(await run()).toMatchObject({ code: 0, stderr: complaint })
  })

  it('is off unless asked for', async () => {
    using scratch = scratchDirectory()
    expect((await recordHandles(scratch, { keep: 1, drop: 1 })).code).toBe(0)
  })
})

describe('wrong use of run', () => {
  it.each<[string, string[], RegExp]>([
    ['no program', ['run'], /missing required argument 'script'/],
    ['a program that is not there', ['run', 'missing.js'], /no program missing\.js/],
    ['an unknown option', ['run', '--fast', 'a.js'], /unknown option '--fast'/],
    ['a level that does not exist', ['run', '--level', 'high', HANDLES], /off, counts, sampled, full/],
    ['a directory that is not there', ['run', '-o', 'no/a.hfrec', HANDLES], /no such file or directory/],
    ['a directory', ['run', '-o', '.', HANDLES], /is a directory/],
    ['a file that is no recording', ['run', '-o', 'notes.txt', HANDLES], /no recording/],
  ])('is one line: %s', async (_, args, message) => {
    using scratch = scratchDirectory()
    writeFileSync(scratch.path('notes.txt'), 'precious')
    await expectWrongUse(args, scratch.directory, message)
    expect(readFileSync(scratch.path('notes.txt'), 'utf8')).toBe('precious')
    expect(existsSync(scratch.path('a.hfrec'))).toBe(false)
  })
})

it('says in one line that the program could not be started', async () => {
  using scratch = scratchDirectory()
  const execArgv = ['--import', 'data:text/javascript,process.execPath="/nowhere/node"']
  const { code, stderr } = await runCommand(['run', HANDLES], scratch.directory, { execArgv })
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^holdfast: the program could not be started: [^\n]+\n$/)])
})

it('says in one line, after the output of the program, what there is', async () => {
  using scratch = scratchDirectory()
  const { stderr } = await recordHandles(scratch, { dispose: 2 })
  expect(lines(stderr)).toBe(1)
})

function lineOf(text: string): number {
  return lines(readFileSync(HANDLES, 'utf8').split(text)[0] ?? '') + 1
}
