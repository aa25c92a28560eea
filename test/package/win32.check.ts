import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileDefect } from '../../lib/addon/file-defect.js'
import { hasCommand } from './support/commands.js'

// The addon for Windows, made with the cross compiler of Debian (g++-mingw-w64-x86-64-posix). It shows that the
// sources compile there and that no function is missing, not what they do.

const PREFIX = 'x86_64-w64-mingw32-'
const COMPILER = `${PREFIX}g++`
const NATIVE = fileURLToPath(new URL('../../native', import.meta.url))
const HEADERS = join(dirname(dirname(realpathSync(process.execPath))), 'include', 'node')
const CANNOT = !hasCommand(COMPILER) || !existsSync(HEADERS)

// Without optimisation GCC takes placement new for an allocation, and warns of free().
const COMPILE = ['-std=c++20', '-O1', '-c', '-Wall', '-Wextra', '-Werror', '-fno-exceptions', '-fno-rtti']
const INCLUDE = ['-DNAPI_VERSION=9', `-I${NATIVE}`, `-I${HEADERS}`]

/** Those of native/binding.gyp, but for other systems. */
function sources(): string[] {
  const gyp = readFileSync(join(NATIVE, 'binding.gyp'), 'utf8')
  const all = [...gyp.matchAll(/"((?:binding|core|resources)\/\w+\.cc)"/g)].map(([, name]) => name as string)
  return all.filter((name) => !name.endsWith('_posix.cc'))
}

// Skipped without that compiler, or without the headers of Node beside its executable.
describe.skipIf(CANNOT)('the addon for win32-x64', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-win32-'))
  const addon = join(folder, 'holdfast.node')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (command: string, args: readonly string[]) =>
    execFileSync(PREFIX + command, args, { cwd: folder, encoding: 'utf8' })

  async function compile(names: readonly string[]): Promise<void> {
    const files = names.map((name) => join(NATIVE, name))
    await promisify(execFile)(COMPILER, [...COMPILE, ...INCLUDE, ...files], { cwd: folder })
  }

  /** As Node's own import library does: whatever is called napi_ is in node.exe. */
  function importLibrary(objects: readonly string[]): string {
    const undefinedSymbols = run('nm', ['--undefined-only', ...objects]).matchAll(/ U (?:__imp_)?(napi_\w+)/g)
    const names = new Set([...undefinedSymbols].map(([, name]) => name))
    writeFileSync(join(folder, 'node.def'), ['NAME node.exe', 'EXPORTS', ...names].join('\n'))
    run('dlltool', ['--def', 'node.def', '--output-lib', 'libnode.a'])
    return 'libnode.a'
  }

  beforeAll(async () => {
    const names = sources()
    const shares = Array.from({ length: availableParallelism() }, (_, share) =>
      names.filter((_name, index) => index % availableParallelism() === share),
    )
    await Promise.all(shares.filter((share) => share.length > 0).map(compile))
    const objects = names.map((name) => basename(name).replace(/cc$/, 'o'))
    run('g++', ['-shared', '-static', ...objects, importLibrary(objects), '-o', addon])
  })

  it('is built of all that is written for Windows, without a warning', () => {
    expect(sources().filter((name) => name.endsWith('_win32.cc')).length).toBeGreaterThan(5)
    expect(fileDefect(addon, { platform: 'win32', arch: 'x64' })).toBeUndefined()
    expect(fileDefect(addon, { platform: 'linux', arch: 'x64', libc: 'glibc' })).toBe('is for win32-x64')
  })

  it('asks for Node and the system, and exports the two symbols that register it', () => {
    const text = run('objdump', ['--private-headers', addon])
    const libraries = [...text.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name?.toLowerCase())
    expect(libraries.sort()).toEqual(['kernel32.dll', 'msvcrt.dll', 'node.exe'])
    const exported = [...text.matchAll(/^\s*\[ *\d+\](?: \+base\[ *\d+\] +[0-9a-f]+)? ([a-z_]\w+)$/gm)]
    expect(exported.map(([, name]) => name).sort()).toEqual([
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ])
  })
})
