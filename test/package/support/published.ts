import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))

/** What can be imported: `holdfast`, `holdfast/hosting` and so on. */
export const SUBPATHS: readonly string[] = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'holdfast'))

/** Of these the types lead to a package that is not part of this one. */
export const NEEDS_PEER: ReadonlySet<string> = new Set(['holdfast/awilix', 'holdfast/fastify', 'holdfast/vitest'])

/** What belongs to a test runner, and is loaded by it. */
export const IN_RUNNER: ReadonlySet<string> = new Set(['holdfast/vitest', 'holdfast/node-test', 'holdfast/jest'])
