import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PROJECT } from './project.js'
import { UserError } from './user-error.js'

const require = createRequire(join(PROJECT, 'bench', 'packages', 'package.json'))

/** A package of bench/packages, which is not there for anything else. */
export function loadPackage<T>(name: string): T {
  try {
    return require(name) as T
  } catch (cause) {
    throw new UserError(`${name} does not load here. Install it with: npm ci --prefix bench/packages`, { cause })
  }
}

const MODULES = join(PROJECT, 'bench', 'packages', 'node_modules')

/** The versions that are installed, of Holdfast and of all that it is compared with. */
export function installedVersions(): Record<string, string> {
  const { dependencies } = readManifest(join(MODULES, '..', 'package.json'))
  const { version } = readManifest(join(PROJECT, 'package.json'))
  const peers = Object.keys(dependencies ?? {}).map((name): [string, string] => {
    return [name, readManifest(join(MODULES, name, 'package.json')).version ?? 'unknown']
  })
  const vitest = readManifest(join(PROJECT, 'node_modules', 'vitest', 'package.json')).version ?? 'unknown'
  return { holdfast: version ?? 'unknown', vitest, ...Object.fromEntries(peers) }
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}
