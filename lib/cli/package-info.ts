import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where this copy of the library is. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Its version. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

/** Such as `node v20.20.2 linux-x64`. */
export function describeRuntime(): string {
  const { bun, deno } = process.versions as { bun?: string; deno?: string }
  const runtime = bun ? `bun v${bun}` : deno ? `deno v${deno}` : `node ${process.version}`
  return `${runtime} ${process.platform}-${process.arch}`
}
