import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { PROJECT } from '../../bench/project.js'
import { executableOf, type RuntimeName } from '../../bench/runtime-packages.js'

/** vitest runs on these. */
export const SUITE_RUNTIMES: readonly RuntimeName[] = ['Node 20', 'Node 24', 'Node 26']

/** The vitest suite, or a part of it, on one runtime after the other. Returns those on which it failed. */
export function runSuite(runtimes: readonly RuntimeName[], filters: readonly string[]): RuntimeName[] {
  return runtimes.filter((runtime) => {
    console.log(`\n== vitest on ${runtime}`)
    const executable = executableOf(runtime)
    // What tests start by name is to run on the same runtime.
    const PATH = [dirname(executable), process.env['PATH']].join(delimiter)
    const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
    const { status } = spawnSync(executable, [vitest, 'run', ...filters], {
      cwd: PROJECT,
      env: { ...process.env, PATH },
      stdio: 'inherit',
    })
    return status !== 0
  })
}
