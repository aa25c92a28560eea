// Temporary files that are removed when their objects are forgotten, or would be.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FinalizableObject, GC } from 'holdfast'

const folder = mkdtempSync(join(tmpdir(), 'example-'))

interface State {
  descriptor: number
  owner?: TempFile
}

class TempFile extends FinalizableObject<State> {
  constructor(name: string) {
    const state: State = { descriptor: openSync(join(folder, name), 'w') }
    super(state, ({ descriptor }) => closeSync(descriptor))
    // Wrong: what the finalizer needs is kept until it has run, and with it the object, so it never runs.
    state.owner = this
  }
}

for (let i = 0; i < 20; i++) new TempFile(`${i}.tmp`)
await new Promise((resolve) => setImmediate(resolve))
GC.collect()
GC.reclaim()
process.once('exit', () => rmSync(folder, { recursive: true }))
