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
