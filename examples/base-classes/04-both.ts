import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FinalizableObject, GC, liveHandles } from 'holdfast'

// Both: holds something that has to be released, now by dispose() or at the latest by the finalizer. The
// finalizer gets the state, never the object: that is gone by then.
class TempFolder extends FinalizableObject<{ path?: string }> {
  readonly path: string

  constructor() {
    const state: { path?: string } = {}
    super(state, ({ path }) => {
      if (path !== undefined) rmSync(path, { recursive: true })
    })
    // Only now: nothing is acquired before there is somebody to release it.
    this.path = state.path = mkdtempSync(join(tmpdir(), 'holdfast-'))
  }

  write(name: string, text: string): void {
    this.throwIfDisposed()
    writeFileSync(join(this.path, name), text)
  }
}

// A class that extends it cleans up its own part first, while all members still work, and leaves the rest
// to the base, whatever happens. What only dispose() does goes here; the finalizer stays as it is.
class Report extends TempFolder {
  readonly #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line)
  }

  protected override disposeCore(): void {
    try {
      this.write('report.txt', this.#lines.join('\n'))
    } finally {
      super.disposeCore()
    }
  }
}

function report(): string {
  using report = new Report()
  report.add('all is well')
  return report.path
}

function forget(): string {
  return new TempFolder().path
}

console.log(existsSync(report()), liveHandles())
const forgotten = forget()
console.log(existsSync(forgotten), liveHandles('TempFolder'))
GC.collect()
console.log(existsSync(forgotten), liveHandles('TempFolder'))
