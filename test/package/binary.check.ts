import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ARM64_ROOT, ARM64_TOOLS_ARE_HERE } from './support/arm64.js'
import { Project } from './support/project.js'

/**
 * The newest version of each that a binary may ask for. Node 20 to 26 need glibc 2.28 and the C++ library of GCC 5
 * themselves: with no more than that, the addon loads wherever the runtime does.
 */
const CEILINGS: Readonly<Record<string, string>> = { GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.9' }
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
// Weak: what every shared library asks about, and goes without.
const OPTIONAL = /^(_ITM_(de)?registerTMCloneTable|__gmon_start__|__cxa_finalize)$/

interface DynamicSymbol {
  readonly name: string
  readonly library: string | undefined
  readonly version: string | undefined
  readonly defined: boolean
}

function symbolsOf(file: string): DynamicSymbol[] {
  const lines = execFileSync('objdump', ['-T', file], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    // Local symbols, those of sections, are nobody's business.
    const [, section, label, name = ''] =
      /^[0-9a-f]{16} [^l].{6} (\S+)\s+[0-9a-f]{16}\s+(?:(\S+)\s+)?(\S+)$/.exec(line) ?? []
    if (section === undefined) return []
    const [, library, version] = /^\(?([A-Z]+)_([\d.]+)\)?$/.exec(label ?? '') ?? []
    return [{ name, library, version, defined: section !== '*UND*' }]
  })
}

const isNewer = (version: string, than: string) => version.localeCompare(than, 'en', { numeric: true }) > 0

describe.each([
  ['x64', process.arch === 'x64'],
  ['arm64', ARM64_TOOLS_ARE_HERE],
])('the addon for linux-%s', (arch, isBuilt) => {
  const file = fileURLToPath(new URL(`../../prebuilds/linux-${arch}/holdfast.glibc.node`, import.meta.url))

  it.skipIf(!isBuilt)('asks for no newer C and C++ libraries than Node does, for Node-API, and nothing else', () => {
    expect(existsSync(file)).toBe(true)
    const required = symbolsOf(file).filter(({ defined }) => !defined)
    expect(required.length).toBeGreaterThan(50)
    const versioned = required.filter(({ library }) => library !== undefined)
    for (const { name, library = '', version = '' } of versioned) {
      const ceiling = CEILINGS[library]
      expect(ceiling, `${name} of ${library}`).toBeDefined()
      expect(isNewer(version, ceiling as string), `${name} of ${library}_${version}`).toBe(false)
    }
    const others = required.filter(({ name, library }) => library === undefined && !OPTIONAL.test(name))
    expect(others.map(({ name }) => name).filter((name) => !/^napi_/.test(name))).toEqual([])
  })

  it.skipIf(!isBuilt)('exports the two symbols that register it', () => {
    const exported = symbolsOf(file).filter(({ defined }) => defined)
    expect(exported.map(({ name }) => name).sort()).toEqual(EXPORTED)
  })
})

// Skipped without g++-aarch64-linux-gnu and qemu-user.
it.skipIf(!ARM64_TOOLS_ARE_HERE).each([20, 22])(
  'on linux-arm64, simulated, with Node %i, a handle is opened and closed',
  (major) => {
    using project = new Project({
      'smoke.mjs': `import { NativeBuffer, liveHandles, MappedFile } from 'holdfast'
const buffer = new NativeBuffer(2 ** 20)
buffer.bytes.fill(7)
const live = liveHandles()
buffer.dispose()
console.log(process.arch, live, liveHandles())
const map = new MappedFile('smoke.mjs'); console.log(map.bytes.toString('latin1', 0, 6)); map.dispose()`,
    })
    expect(project.install().code).toBe(0)
    const node = fileURLToPath(new URL(`arm64/node_modules/node-${major}/bin/node`, import.meta.url))
    expect(project.output('qemu-aarch64', ['-L', ARM64_ROOT, node, 'smoke.mjs'])).toBe('arm64 1 0\nimport\n')
  },
)
