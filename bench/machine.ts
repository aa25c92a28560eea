import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { PROJECT } from './project.js'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  }
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: PROJECT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** The commit that was measured, with a remark when there were changes besides earlier results. */
export function describeCommit(): string {
  const id = git('rev-parse', '--short', 'HEAD')
  if (id === undefined) return 'unknown'
  const changes = git(
    'status',
    '--porcelain',
    '--',
    '.',
    ':!bench/results',
    ':!docs/benchmarks',
    ':!docs/benchmarks.md',
  )
  return changes === '' ? id : `${id} with uncommitted changes`
}
