import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GC } from 'holdfast'
import { settle } from '../support/in-child.mjs'

/** What the runtime wants before the path of a script: Deno asks for each permission otherwise. */
export const RUN_ARGUMENTS = 'Deno' in globalThis ? ['run', '--allow-all'] : []

/** Collects and lets the loop turn until it is so, but not for ever: a stack may hold a stale word for a while. */
export async function collectWithTurns(isSo) {
  for (let round = 0; round < 20 && !isSo(); round++) {
    GC.collect()
    await new Promise((resolve) => setTimeout(resolve, 1))
    await settle()
  }
}

/** A check in a folder of its own. */
export function inFolder(body) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-runtime-'))
    try {
      return await body(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

/** Runs a script in a process of the same runtime. */
export async function runScript(script, ...args) {
  const child = spawn(process.execPath, [...RUN_ARGUMENTS, fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text
    })
  }
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...output }
}
