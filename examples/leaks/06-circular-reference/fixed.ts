// Temporary files that are closed when their blocks end, and at the latest when their objects are forgotten.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FinalizableObject, GC } from 'holdfast'

const folder = mkdtempSync(join(tmpdir(), 'example-'))

class TempFile extends FinalizableObject<number> {
  constructor(name: string) {
    super(openSync(join(folder, name), 'w'), closeSync)
  }
}

for (let i = 0; i < 20; i++) {
  using _file = new TempFile(`${i}.tmp`)
}
await new Promise((resolve) => setImmediate(resolve))
GC.collect()
GC.reclaim()
process.once('exit', () => rmSync(folder, { recursive: true }))
