import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkNodeApi, type LoadOptions, loadAddon } from '../../../lib/addon/load-addon.js'
import { describeMachine, type Machine, machineOf } from '../../../lib/addon/machine.js'
import { runChild } from '../../support/child.js'
import { scratchDirectory } from '../../support/recordings.js'
import { standInAddon } from '../../support/stand-in-addons.js'

const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const GLIBC: Machine = { platform: 'linux', arch: 'x64', libc: 'glibc' }

/** A package with these files, of which every one loads that is opened, unless said otherwise. */
class StandInPackage implements Disposable {
  readonly #scratch = scratchDirectory()
  readonly opened: string[] = []

  constructor(files: Readonly<Record<string, Buffer>>) {
    for (const [name, bytes] of Object.entries({ 'native/binding.gyp': Buffer.from('{}'), ...files })) {
      mkdirSync(dirname(this.path(name)), { recursive: true })
      writeFileSync(this.path(name), bytes)
    }
  }

  path(name: string): string {
    return this.#scratch.path(name)
  }

  load(machine: Machine, open?: LoadOptions['open']): string {
    const remember = (file: string) => {
      this.opened.push(file)
      return open?.(file)
    }
    return loadAddon({ root: this.#scratch.directory, machine, open: remember }).file
  }

  failure(machine: Machine, open?: LoadOptions['open']): Error & { code: string } {
    try {
      this.load(machine, open)
    } catch (error) {
      return error as Error & { code: string }
    }
    throw new Error('It loaded.')
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]()
  }
}

const BUILT = join('native', 'build', 'Release', 'holdfast.node')
const everyPrebuild = {
  'prebuilds/linux-x64/holdfast.glibc.node': standInAddon('linux', 'x64'),
  'prebuilds/linux-x64/holdfast.musl.node': standInAddon('linux', 'x64'),
  'prebuilds/linux-arm64/holdfast.glibc.node': standInAddon('linux', 'arm64'),
  'prebuilds/linux-arm64/holdfast.musl.node': standInAddon('linux', 'arm64'),
  'prebuilds/darwin-x64/holdfast.node': standInAddon('darwin', 'x64'),
  'prebuilds/darwin-arm64/holdfast.node': standInAddon('darwin', 'arm64'),
  'prebuilds/win32-x64/holdfast.node': standInAddon('win32', 'x64'),
  'prebuilds/win32-arm64/holdfast.node': standInAddon('win32', 'arm64'),
}

describe('which file is loaded', () => {
  it.each<[Machine, string]>([
    [GLIBC, 'prebuilds/linux-x64/holdfast.glibc.node'],
    [{ ...GLIBC, libc: 'musl' }, 'prebuilds/linux-x64/holdfast.musl.node'],
    [{ ...GLIBC, arch: 'arm64' }, 'prebuilds/linux-arm64/holdfast.glibc.node'],
    [{ platform: 'linux', arch: 'arm64', libc: 'musl' }, 'prebuilds/linux-arm64/holdfast.musl.node'],
    [{ platform: 'darwin', arch: 'x64' }, 'prebuilds/darwin-x64/holdfast.node'],
    [{ platform: 'darwin', arch: 'arm64' }, 'prebuilds/darwin-arm64/holdfast.node'],
    [{ platform: 'win32', arch: 'x64' }, 'prebuilds/win32-x64/holdfast.node'],
    [{ platform: 'win32', arch: 'arm64' }, 'prebuilds/win32-arm64/holdfast.node'],
  ])('on %o it is the one for that machine, and no other is opened', (machine, name) => {
    using standIn = new StandInPackage(everyPrebuild)
    expect(standIn.load(machine)).toBe(standIn.path(name))
    expect(standIn.opened).toEqual([standIn.path(name)])
  })

  it('one that was built on this machine comes first', () => {
    using standIn = new StandInPackage({ ...everyPrebuild, [BUILT]: standInAddon('linux', 'x64') })
    expect(standIn.load(GLIBC)).toBe(standIn.path(BUILT))
  })

  it('one that was built on another machine is passed over, unopened', () => {
    using standIn = new StandInPackage({ ...everyPrebuild, [BUILT]: standInAddon('darwin', 'arm64') })
    expect(standIn.load(GLIBC)).toBe(standIn.path('prebuilds/linux-x64/holdfast.glibc.node'))
    expect(standIn.opened).toHaveLength(1)
  })

  it('one that was named is the only one that is looked at', () => {
    using standIn = new StandInPackage({ ...everyPrebuild, 'elsewhere.node': standInAddon('linux', 'x64') })
    const options = { root: standIn.path('.'), machine: GLIBC, open: () => {} }
    const named = standIn.path('elsewhere.node')
    expect(loadAddon({ ...options, named }).file).toBe(named)
    expect(() => loadAddon({ ...options, named: `${named}x` })).toThrow(/nodex: not there\n.*\n.*HOLDFAST_ADDON/)
  })

  it('HOLDFAST_ADDON names one', async () => {
    const { code, stderr } = await runChild("import 'holdfast'", { env: { HOLDFAST_ADDON: '/nowhere.node' } })
    expect(code).toBe(1)
    expect(stderr).toContain('/nowhere.node: not there')
  })

  it('the C library is told by the executable of the runtime', () => {
    expect(machineOf(process)).toEqual({
      platform: process.platform,
      arch: process.arch,
      ...(process.platform === 'linux' ? { libc: expect.stringMatching(/^(glibc|musl)$/) } : {}),
    })
    using scratch = scratchDirectory()
    writeFileSync(scratch.path('node'), '\x7fELF … /lib/ld-musl-x86_64.so.1')
    const musl = machineOf({ platform: 'linux', arch: 'x64', execPath: scratch.path('node') })
    const unreadable = machineOf({ platform: 'linux', arch: 'x64', execPath: scratch.path('missing') })
    expect([musl.libc, unreadable.libc]).toEqual(['musl', 'glibc'])
  })

  it('there is one C library on other systems', () => {
    const mac = machineOf({ platform: 'darwin', arch: 'arm64', execPath: '/usr/bin/node' })
    expect([mac, describeMachine(mac)]).toEqual([{ platform: 'darwin', arch: 'arm64' }, 'darwin-arm64'])
  })

  it('a file for a processor that nobody knows is none for this one', () => {
    const alien = standInAddon('linux', 'x64')
    alien.writeUInt16LE(9999, 18)
    const cut = standInAddon('win32', 'x64')
    cut.writeUInt32LE(10_000, 60)
    for (const [bytes, target] of [
      [alien, 'linux-another processor'],
      [cut, 'win32-another processor'],
    ] as const) {
      using pack = new StandInPackage({ 'native/build/Release/holdfast.node': bytes })
      expect(pack.failure(GLIBC).message).toContain(`is for ${target}`)
    }
  })

  it('says what was thrown by a file that throws no error', () => {
    using pack = new StandInPackage({ 'native/build/Release/holdfast.node': standInAddon('linux', 'x64') })
    const failure = pack.failure(GLIBC, () => {
      throw 'a text'
    })
    expect(failure.message).toContain('does not load: a text')
  })
})

describe('a load that fails says what was looked for, what was found, and what helps', () => {
  const shipped = 'prebuilds/linux-x64/holdfast.glibc.node'

  it.each<[string, Record<string, Buffer>, RegExp[]]>([
    [
      'nothing at all',
      {},
      [/holdfast\.glibc\.node: not there/, /Shipped are: none/, /npx node-gyp rebuild --directory/],
    ],
    [
      'only files for other platforms',
      { 'prebuilds/darwin-arm64/holdfast.node': standInAddon('darwin', 'arm64') },
      [/linux-x64 \(glibc\)/, /Shipped are: darwin-arm64\/holdfast\.node/, /npx node-gyp rebuild --directory/],
    ],
    [
      'one for another C library',
      { 'prebuilds/linux-x64/holdfast.musl.node': standInAddon('linux', 'x64') },
      [/holdfast\.glibc\.node: not there/, /linux-x64\/holdfast\.musl\.node/, /npx node-gyp rebuild/],
    ],
    ['one for another processor', { [shipped]: standInAddon('linux', 'arm64') }, [/is for linux-arm64/, /npm install/]],
    ['one for another system', { [shipped]: standInAddon('win32', 'x64') }, [/is for win32-x64/, /npm install/]],
    ['half a file', { [shipped]: standInAddon('linux', 'x64').subarray(0, 200) }, [/is cut short/, /npm install/]],
    ['an empty file', { [shipped]: Buffer.alloc(0) }, [/is cut short/, /npm install/]],
    ['a page of HTML', { [shipped]: Buffer.alloc(500, '<!doctype html>') }, [/is not a native addon/, /npm install/]],
  ])('of %s', (_, files, parts) => {
    using standIn = new StandInPackage(files)
    const { code, message } = standIn.failure(GLIBC)
    expect(code).toBe('ERR_HOLDFAST_ADDON')
    for (const part of [standIn.path(BUILT), standIn.path(shipped), ...parts]) expect(message).toMatch(part)
    expect(standIn.opened).toEqual([])
  })

  it('of a file that the system refuses, with what the system says', () => {
    using standIn = new StandInPackage(everyPrebuild)
    const refusal = new Error("version `GLIBC_2.28' not found")
    const { code, message, cause } = standIn.failure(GLIBC, () => {
      throw refusal
    })
    expect(code).toBe('ERR_HOLDFAST_ADDON')
    expect(cause).toBe(refusal)
    expect(message).toContain(`${standIn.path(shipped)}: does not load: ${refusal.message}`)
    expect(message).toContain('npx node-gyp rebuild --directory')
  })

  it('but one that was loaded and could not begin says so itself', () => {
    using standIn = new StandInPackage(everyPrebuild)
    const refusal = Object.assign(new Error('out of memory'), { code: 'ERR_HOLDFAST_INITIALIZATION' })
    const open = () => {
      throw refusal
    }
    expect(standIn.failure(GLIBC, open)).toBe(refusal)
  })

  it('of a bundle, which is not where the package is', () => {
    using scratch = scratchDirectory()
    const load = () => loadAddon({ root: scratch.directory, machine: GLIBC, open: () => {} })
    expect(load).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ADDON' }))
    expect(load).toThrow('external: ["holdfast"]')
  })

  it.each(['8', undefined])('of a runtime that has Node-API %s, before the addon can crash it', (offered) => {
    expect(() => checkNodeApi(offered)).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ADDON' }))
    expect(() => checkNodeApi(offered)).toThrow(/needs Node-API 9.*has (8|none)/)
  })

  it.each(['9', '10', '11'])('and not of one that has %s', (offered) => {
    expect(() => checkNodeApi(offered)).not.toThrow()
  })
})

// glibc maps the file before it knows how long it is, and the process ends with SIGBUS.
it('a real addon that was cut short ends in an error, whatever is left of it', async () => {
  using scratch = scratchDirectory()
  for (const name of ['dist', 'package.json', 'native/binding.gyp']) {
    cpSync(join(PACKAGE_ROOT, name), scratch.path(`node_modules/holdfast/${name}`), { recursive: true })
  }
  const file = scratch.path(`node_modules/holdfast/${BUILT}`)
  cpSync(join(PACKAGE_ROOT, BUILT), file, { recursive: true })
  const { length } = readFileSync(file)
  for (const left of [length - 1, Math.floor(length / 2), 4096, 10]) {
    truncateSync(file, left)
    const { code, stderr } = await runChild("import 'holdfast'", { cwd: scratch.directory })
    expect(code).toBe(1)
    expect(stderr).toContain('ERR_HOLDFAST_ADDON')
    expect(stderr).toContain('is cut short')
  }
})
