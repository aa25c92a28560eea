import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runChild } from '../support/child.js'
import { expectWrongUse, runCommand } from '../support/command.js'
import { scratchDirectory } from '../support/recordings.js'

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }
const COMMAND = join(PACKAGE_ROOT, 'dist', 'cli', 'holdfast.js')
const COMMANDS = ['run', 'report', 'export', 'diff', 'check', 'doctor']

describe('the command', () => {
  it.each([['--help'], ['-h'], ['help']])('prints what it can do: %s', async (...args) => {
    const { code, stdout, stderr } = await runCommand(args, PACKAGE_ROOT)
    expect([code, stderr]).toEqual([0, ''])
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
  })

  it.each(COMMANDS)('explains %s, with an example', async (command) => {
    const { code, stdout, stderr } = await runCommand([command, '--help'], PACKAGE_ROOT)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: holdfast ${command}`)
    if (command !== 'doctor') expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}holdfast ${command} `))
    expect(await runCommand(['help', command], PACKAGE_ROOT)).toMatchObject({ code: 0, stdout })
  })

  it.each([['--version'], ['-V']])('prints its version: %s', async (...args) => {
    expect(await runCommand(args, PACKAGE_ROOT)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each<[string[], RegExp]>([
    [[], /name a command: run, report, export, diff, check or doctor/],
    [['reprot'], /unknown command 'reprot' \(Did you mean report\?\)/],
    [['--fast'], /unknown option '--fast'/],
    [['report'], /missing required argument 'file'/],
    [['report', 'a', 'b'], /too many arguments/],
    [['help', 'reprot'], /reprot/],
  ])('says in one line what is wrong with %j', async (args, message) => {
    await expectWrongUse(args, PACKAGE_ROOT, message)
  })
})

describe.skipIf(process.platform === 'win32')('standard output', () => {
  /** What a shell says of the command, with its output redirected or piped. */
  const inShell = (redirection: string) =>
    spawnSync(
      'sh',
      ['-c', `{ "$0" "$1" --help; echo "ended with $?" >&2; } ${redirection}`, process.execPath, COMMAND],
      {
        encoding: 'utf8',
      },
    ).stderr

  it('that nobody reads any more is no failure', () => {
    expect(inShell('| true')).toBe('ended with 0\n')
  })

  it.skipIf(process.platform !== 'linux')('that cannot be written is said to be so in one line', () => {
    expect(inShell('> /dev/full')).toBe('holdfast: cannot write to standard output: the disk is full.\nended with 2\n')
  })
})

describe('holdfast doctor', () => {
  it('ends with 0 where the addon loads, and says with what', async () => {
    const { code, stdout, stderr } = await runCommand(['doctor'], PACKAGE_ROOT)
    expect([code, stderr]).toEqual([0, ''])
    for (const answer of [
      version,
      process.version,
      join(PACKAGE_ROOT, 'native', 'build', 'Release'),
      'GiB',
      'counts',
    ]) {
      expect(stdout).toContain(answer)
    }
  })

  it('says what the environment has set, and what the runtime does not offer', async () => {
    // As a runtime that lets nobody change its flags.
    const withoutFlags = `import v8 from 'node:v8'
      import { syncBuiltinESMExports } from 'node:module'
      v8.setFlagsFromString = () => { throw new Error('not here') }
      syncBuiltinESMExports()`
    const env = { HOLDFAST_MEMORY_CEILING: String(2 ** 28), HOLDFAST_NO_EXTERNAL_BUFFERS: '1' }
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(withoutFlags)}`]
    const { code, stdout } = await runCommand(['doctor'], PACKAGE_ROOT, { env, execArgv })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^memory ceiling +256 MiB, set for the process/m)
    expect(stdout).toMatch(/^external memory +the runtime refuses ArrayBuffers/m)
    expect(stdout).toMatch(/^garbage collector +cannot be made to collect: use --expose-gc/m)
  })

  it('ends with 1 where it does not, and says what helps', async () => {
    using scratch = scratchDirectory()
    for (const name of ['dist', 'package.json', 'native/binding.gyp']) {
      cpSync(join(PACKAGE_ROOT, name), scratch.path(`node_modules/holdfast/${name}`), { recursive: true })
    }
    const command = new URL(`file://${scratch.path('node_modules/holdfast/dist/cli/holdfast.js')}`)
    const { code, stdout, stderr } = await runChild(command, { args: ['doctor'], cwd: scratch.directory })
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain('npx node-gyp rebuild')
  })
})
