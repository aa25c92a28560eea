import { chmodSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectWrongUse, runCommand } from '../support/command.js'
import { at, RecordingWriter, type ScratchDirectory, scratchDirectory } from '../support/recordings.js'

/** Of a program that left 2 handles, and forgot `forgotten` of 10 at another place. */
function writeRecording(scratch: ScratchDirectory, name: string, forgotten = 3): void {
  const writer = new RecordingWriter(scratch.path(name))
  const main = writer.thread(0)
  for (let id = 0; id < 2; id++) main.open(id, id, 'Db', 1000, at('/app/db.js', 7, 'openDb'))
  for (let id = 10; id < 20; id++) main.open(id, id, 'NativeBuffer', 2 ** 20, at('/app/src/read.js', 12, 'read'))
  for (let id = 10; id < 20; id++) {
    main.close(100 + id, id, 2 ** 20, id < 10 + forgotten ? 'finalized' : 'disposed')
  }
  writer.end({ at: 1234, exitCode: 0 })
}

describe('holdfast report', () => {
  it('writes a page beside the recording, and prints its path and a summary', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const { code, stdout, stderr } = await runCommand(['report', 'a.hfrec'], scratch.directory)
    expect([code, stderr]).toEqual([0, ''])
    expect(readFileSync(scratch.path('a.hfrec.html'), 'utf8')).toMatch(/^<!doctype html>/i)
    expect(stdout).toMatchInlineSnapshot(`
      "a.hfrec.html

      server.js --port 80
      node v20.20.2 linux-x64, level full. Ended with exit code 0 after 1.2 s.
      12 handles opened: 7 disposed, 3 finalized, 2 left. At most 12 at once, 10 MiB.

      kind          opened  disposed  finalized  left  bytes left  most at once  most bytes
      NativeBuffer      10         7          3     0     0 bytes            10      10 MiB
      Db                 2         0          0     2       2 KiB             2       2 KiB

      Left, or finalized since nobody disposed of them:
      opened  finalized  left  bytes left  kind          opened at
          10          3     0     0 bytes  NativeBuffer  read (src/read.js:12:1)
           2          0     2       2 KiB  Db            openDb (db.js:7:1)

      What is wrong:
        NativeBuffer opened at read (src/read.js:12:1): handle not disposed on every path
          Some are disposed of and others are not: dispose in a \`finally\`, or by \`using\`, so that no exception and no early return passes it by.
        Db opened at openDb (db.js:7:1): undisposed handle
          Put it in a \`using\` declaration, or call dispose().
      "
    `)
  })

  it('writes where it is told to', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const { code, stdout } = await runCommand(['report', 'a.hfrec', '-o', 'page.html'], scratch.directory)
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'page.html'])
    expect([existsSync(scratch.path('page.html')), existsSync(scratch.path('a.hfrec.html'))]).toEqual([true, false])
  })

  it.skipIf(process.platform !== 'linux')('is there also where no browser can be opened: that is a note', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const options = { env: { PATH: scratch.directory } }
    const { code, stderr } = await runCommand(['report', 'a.hfrec', '--open'], scratch.directory, options)
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^note: [^\n]+ a\.hfrec\.html [^\n]+\n$/)])
    expect(existsSync(scratch.path('a.hfrec.html'))).toBe(true)
  })

  it('paints where colours are forced, and only there', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const output = async (env: Record<string, string>) =>
      (await runCommand(['report', 'a.hfrec'], scratch.directory, { env })).stdout.includes('\x1b[')
    expect(await output({})).toBe(false)
    expect(await output({ FORCE_COLOR: '1' })).toBe(true)
    expect(await output({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(await output({ FORCE_COLOR: '0' })).toBe(false)
  })

  it('shows also how it differs from an earlier one', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec', 3)
    writeRecording(scratch, 'b.hfrec', 8)
    const args = ['report', 'b.hfrec', '--compare', 'a.hfrec']
    expect(await runCommand(args, scratch.directory)).toMatchObject({ code: 0, stderr: '' })
    await expectWrongUse(['report', 'b.hfrec', '--compare', 'c.hfrec'], scratch.directory, /cannot read c\.hfrec/)
  })

  it('reads what was cut off, with a note on standard error', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    truncateSync(scratch.path('a.hfrec'), readFileSync(scratch.path('a.hfrec')).length - 1)
    const { code, stdout, stderr } = await runCommand(['report', 'a.hfrec'], scratch.directory)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^note: a\.hfrec: [^\n]*cut off[^\n]*\n$/)
    expect(stdout).toContain('12 handles opened')
  })
})

describe('every command that reads a recording', () => {
  let scratch: ScratchDirectory
  beforeAll(() => {
    scratch = scratchDirectory()
    writeRecording(scratch, 'good.hfrec')
    const good = readFileSync(scratch.path('good.hfrec'))
    const damaged = Buffer.from(good)
    damaged[good.length - 40] = (damaged[good.length - 40] as number) ^ 1
    writeFileSync(scratch.path('damaged.hfrec'), damaged)
    writeFileSync(scratch.path('foreign.hfrec'), '{"nodes": []}\n')
    writeFileSync(scratch.path('empty.hfrec'), '')
    writeFileSync(scratch.path('newer.hfrec'), 'holdfast recording 2 9.8.7\n')
    writeFileSync(scratch.path('unreadable.hfrec'), good)
    chmodSync(scratch.path('unreadable.hfrec'), 0)
    return () => scratch[Symbol.dispose]()
  })

  const commands: Record<string, (file: string) => string[]> = {
    report: (file) => ['report', file],
    export: (file) => ['export', file, '--format', 'speedscope'],
    diff: (file) => ['diff', 'good.hfrec', file],
    check: (file) => ['check', file, '--max-live', '0'],
  }
  const bad: [string, RegExp][] = [
    ['missing.hfrec', /cannot read missing\.hfrec: there is no such file/],
    ['.', /it is a directory/],
    ['damaged.hfrec', /damaged/],
    ['foreign.hfrec', /no recording/],
    ['empty.hfrec', /empty/],
    ['newer.hfrec', /9\.8\.7.*update holdfast/],
  ]
  it.each(Object.keys(commands).flatMap((command) => bad.map(([file, message]) => [command, file, message] as const)))(
    '%s refuses %s in one line',
    async (command, file, message) => {
      await expectWrongUse(commands[command]?.(file) ?? [], scratch.directory, message)
    },
  )

  it.skipIf(process.getuid?.() === 0)('refuses one that may not be read', async () => {
    await expectWrongUse(['report', 'unreadable.hfrec'], scratch.directory, /permission/)
  })

  it('says in one line that it cannot write', async () => {
    await expectWrongUse(['report', 'good.hfrec', '-o', 'no/page.html'], scratch.directory, /cannot write no\/page/)
    const args = ['export', 'good.hfrec', '--format', 'pprof', '-o', 'no/x']
    await expectWrongUse(args, scratch.directory, /cannot write no\/x/)
  })
})

describe('holdfast export', () => {
  it.each(['heapprofile', 'pprof', 'speedscope'])(
    'writes %s beside the recording, and prints its path',
    async (format) => {
      using scratch = scratchDirectory()
      writeRecording(scratch, 'a.hfrec')
      const result = await runCommand(['export', 'a.hfrec', '--format', format], scratch.directory)
      expect(result).toMatchObject({ code: 0, stdout: `a.hfrec.${format}\n`, stderr: '' })
      expect(readFileSync(scratch.path(`a.hfrec.${format}`)).length).toBeGreaterThan(10)
    },
  )

  it('writes to a file, or to standard output and nothing else', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const toFile = ['export', 'a.hfrec', '--format', 'speedscope', '-o', 'x.json']
    expect(await runCommand(toFile, scratch.directory)).toMatchObject({ code: 0, stdout: 'x.json\n' })
    const toOutput = ['export', 'a.hfrec', '--format', 'speedscope', '-o', '-']
    const { code, stdout } = await runCommand(toOutput, scratch.directory)
    expect([code, stdout]).toEqual([0, readFileSync(scratch.path('x.json'), 'utf8')])
    expect(() => JSON.parse(stdout)).not.toThrow()
  })

  it('needs a format that exists', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    await expectWrongUse(['export', 'a.hfrec'], scratch.directory, /--format/)
    await expectWrongUse(['export', 'a.hfrec', '--format', 'csv'], scratch.directory, /heapprofile, pprof, speedscope/)
  })
})

describe('holdfast diff', () => {
  it('prints what grew, and how much', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec', 3)
    writeRecording(scratch, 'b.hfrec', 8)
    const { code, stdout, stderr } = await runCommand(['diff', 'a.hfrec', 'b.hfrec'], scratch.directory)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatchInlineSnapshot(`
      "From a.hfrec to b.hfrec
      kind          left  bytes left  finalized  opened  most at once
      Db               2       2 KiB          0       2             2
      NativeBuffer     0     0 bytes      3 → 8      10            10
      all              2       2 KiB      3 → 8      12            12

      1 site grew:
      left  bytes left  finalized  opened  bytes opened  kind          opened at
         0           0         +5       0             0  NativeBuffer  read (src/read.js:12:1)
      "
    `)
  })

  it('has the sites that left most first, those that are new, and the kinds of either recording', async () => {
    using scratch = scratchDirectory()
    const record = (name: string, sites: readonly [kind: string, line: number, opened: number, left: number][]) => {
      const writer = new RecordingWriter(scratch.path(name))
      let id = 0
      for (const [kind, line, opened, left] of sites) {
        for (let index = 0; index < opened; index++) {
          writer.thread(0).open(++id, id, kind, line < 20 ? 0 : 100, at('/app/a.js', line))
          if (index >= left) writer.thread(0).close(id, id, line < 20 ? 0 : 100, 'disposed')
        }
      }
      writer.end({ at: 1000, exitCode: 0 })
    }
    record('a.hfrec', [
      ['Old', 1, 2, 0],
      ['Db', 2, 1, 0],
      ['Db', 3, 1, 0],
    ])
    record('b.hfrec', [
      ['Db', 2, 4, 0],
      ['Db', 3, 5, 0],
      ['Db', 4, 3, 1],
      ['Db', 20, 1, 0],
      ['Page', 21, 2, 2],
    ])
    const { stdout } = await runCommand(['diff', 'a.hfrec', 'b.hfrec'], scratch.directory)
    expect(stdout).toMatchInlineSnapshot(`
      "From a.hfrec to b.hfrec
      kind   left           bytes left  finalized  opened  most at once
      Db    0 → 1              0 bytes          0  2 → 13         1 → 2
      Old       0              0 bytes          0   2 → 0         1 → 0
      Page  0 → 2  0 bytes → 200 bytes          0   0 → 2         0 → 2
      all   0 → 3  0 bytes → 200 bytes          0  4 → 15         1 → 3

      5 sites grew:
      left  bytes left  finalized  opened  bytes opened  kind  opened at
        +2  +200 bytes          0      +2    +200 bytes  Page  f (a.js:21:1), new
        +1           0          0      +3             0  Db    f (a.js:4:1), new
         0           0          0      +1    +100 bytes  Db    f (a.js:20:1), new
         0           0          0      +4             0  Db    f (a.js:3:1)
         0           0          0      +3             0  Db    f (a.js:2:1)
      "
    `)
  })

  it('says that nothing grew where nothing did', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec', 8)
    writeRecording(scratch, 'b.hfrec', 3)
    const { code, stdout } = await runCommand(['diff', 'a.hfrec', 'b.hfrec'], scratch.directory)
    expect([code, stdout.includes('No site grew.')]).toEqual([0, true])
  })

  it('needs two recordings', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    await expectWrongUse(['diff', 'a.hfrec'], scratch.directory, /missing required argument/)
  })
})

describe('holdfast check', () => {
  // 2 left, 3 finalized, 12 at once.
  it.each<[number, string[]]>([
    [0, ['--max-live', '2']],
    [1, ['--max-live', '1']],
    [0, ['--max-finalized', '3']],
    [1, ['--max-finalized', '2']],
    [0, ['--max-peak', '12']],
    [1, ['--max-peak', '11']],
    [1, ['--max-live', '2', '--max-finalized', '0', '--max-peak', '12']],
    [0, ['--max-live', '2', '--max-finalized', '3', '--max-peak', '12']],
  ])('ends with %i: %j', async (code, limits) => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const result = await runCommand(['check', 'a.hfrec', ...limits], scratch.directory)
    expect([result.code, result.stderr]).toEqual([code, ''])
  })

  it('says which limit was passed, and where the handles were opened', async () => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    const args = ['check', 'a.hfrec', '--max-live', '2', '--max-finalized', '0']
    const { stdout } = await runCommand(args, scratch.directory)
    expect(stdout).toMatchInlineSnapshot(`
      "2 handles left at the end: within --max-live 2
      3 handles finalized: past --max-finalized 0

      opened  finalized  left  bytes left  kind          opened at
          10          3     0     0 bytes  NativeBuffer  read (src/read.js:12:1)
      "
    `)
  })

  it.each<[string, string[], RegExp]>([
    ['no limit', [], /--max-live, --max-finalized, --max-peak/],
    ['a negative one', ['--max-live', '-1'], /integer from 0/],
    ['a fraction', ['--max-live', '1.5'], /integer from 0/],
    ['a word', ['--max-peak', 'many'], /integer from 0/],
    ['none behind the option', ['--max-live'], /argument missing/],
    ['one that is too large', ['--max-live', '1e30'], /integer from 0/],
  ])('refuses %s', async (_, limits, message) => {
    using scratch = scratchDirectory()
    writeRecording(scratch, 'a.hfrec')
    await expectWrongUse(['check', 'a.hfrec', ...limits], scratch.directory, message)
  })
})
