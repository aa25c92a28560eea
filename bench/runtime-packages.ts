import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './project.js'
import { UserError } from './user-error.js'

// Runtimes come as npm packages that contain the executable, and nothing else; nothing of them is run to
// install it.

const { platform, arch } = process
const IS_WINDOWS = platform === 'win32'

interface RuntimePackage {
  readonly name: string
  /** Exact, since docs/runtimes.md says what this very version does. */
  readonly version: string
  /** The executable, in the package. */
  readonly path: string
}

function node(version: string): RuntimePackage {
  const name = `node-${IS_WINDOWS ? 'win' : platform}-${arch}`
  return { name, version, path: IS_WINDOWS ? 'bin/node.exe' : 'bin/node' }
}

export const PACKAGES = {
  'Node 20': node('20.20.2'),
  'Node 22': node('22.23.3'),
  'Node 24': node('24.21.0'),
  'Node 26': node('26.12.1'),
  Bun: {
    name: `@oven/bun-${IS_WINDOWS ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`,
    version: '1.4.5',
    path: IS_WINDOWS ? 'bin/bun.exe' : 'bin/bun',
  },
  Deno: {
    name: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`,
    version: '2.9.6',
    path: IS_WINDOWS ? 'deno.exe' : 'deno',
  },
} satisfies Record<string, RuntimePackage>

export type RuntimeName = keyof typeof PACKAGES

const CACHE = join(PROJECT, 'out', 'runtimes')

function folderOf(name: RuntimeName): string {
  return join(CACHE, 'node_modules', aliasOf(name))
}

/** Several versions of one package lie side by side. */
function aliasOf(name: RuntimeName): string {
  return name.toLowerCase().replace(' ', '-')
}

/** Where it is once it is installed. */
export function executableOf(name: RuntimeName): string {
  return join(folderOf(name), PACKAGES[name].path)
}

function isInstalled(name: RuntimeName): boolean {
  const manifest = join(folderOf(name), 'package.json')
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === PACKAGES[name].version
}

/** Installs those that are not there yet, into out/runtimes. @throws UserError */
export function installRuntimes(names: readonly RuntimeName[]): void {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  mkdirSync(CACHE, { recursive: true })
  const specifiers = missing.map((name) => `${aliasOf(name)}@npm:${PACKAGES[name].name}@${PACKAGES[name].version}`)
  console.error(`installing ${specifiers.join(' ')} into out/runtimes ...`)
  const options = ['--prefix', CACHE, '--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', ['install', ...options, ...specifiers], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: IS_WINDOWS,
  })
  if (status !== 0) throw new UserError('npm could not install the other runtimes.')
}
