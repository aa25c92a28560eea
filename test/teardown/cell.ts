import { expect } from 'vitest'
import { type ChildResult, describeResult, runChild } from '../support/child.js'
import { Surroundings } from '../support/surroundings.js'

// A cell of the matrix is a process with surroundings of its own, in which nothing may be left.

const FIXTURE = new URL('./fixtures/end.mjs', import.meta.url)

export interface CellResult extends ChildResult {
  /** Names of shared memory that were left. */
  names: string[]
  text: string
}

/** Runs fixtures/end.mjs. It must leave no file and no process; of names it is for the caller to judge. */
export async function runCell(mode: string, lifetime: string, ...endings: string[]): Promise<CellResult> {
  using surroundings = new Surroundings()
  const { folder, name, env } = surroundings
  const result = await runChild(FIXTURE, { args: [mode, folder, name, lifetime, ...endings], env })
  const text = describeResult(result)
  const { files, processes, names } = surroundings.takeLeft()
  expect([files, processes], text).toEqual([[], []])
  return { ...result, names, text }
}
