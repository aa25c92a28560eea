import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runChild } from '../support/child.js'
import { expectWrongUse, runCommand } from '../support/command.js'
import { scratchDirectory } from '../support/recordings.js'

const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }
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

describe('holdfast doctor', () => {
  it('ends with 0 where the addon loads, and says with what', async () => {
    const { code, stdout, stderr } = await runCommand(['doctor'], PACKAGE_ROOT)
    expect([code, stderr]).toEqual([0, ''])
    for (const answer of [version, process.version, join(PACKAGE_ROOT, 'build', 'Release'), 'GiB', 'counts']) {
      expect(stdout).toContain(answer)
    }
  })

  it('ends with 1 where it does not, and says what helps', async () => {
    using scratch = scratchDirectory()
    for (const name of ['dist', 'package.json']) {
      cpSync(join(PACKAGE_ROOT, name), scratch.path(`node_modules/holdfast/${name}`), { recursive: true })
    }
    const gypBuild = 'node_modules/node-gyp-build'
    cpSync(join(PACKAGE_ROOT, gypBuild), scratch.path(gypBuild), { recursive: true })
    const command = new URL(`file://${scratch.path('node_modules/holdfast/dist/cli/holdfast.js')}`)
    const { code, stdout, stderr } = await runChild(command, { args: ['doctor'], cwd: scratch.directory })
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain('npx node-gyp rebuild')
  })
})
