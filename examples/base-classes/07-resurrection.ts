import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FinalizableObject, GC } from 'holdfast'

interface LockState {
  readonly path: string
  held: boolean
}

// An object that can be taken into use again. Its state stays the same object: the resource goes out of it
// and into it.
class LockFile extends FinalizableObject<LockState> {
  readonly #state: LockState

  constructor(path: string) {
    const state = { path, held: false }
    super(state, (state) => {
      if (state.held) rmSync(state.path)
      state.held = false
    })
    this.#state = state
    this.#acquire()
  }

  acquireAgain(): void {
    if (!this.isDisposed) return
    this.#acquire()
    this.resurrect()
  }

  #acquire(): void {
    writeFileSync(this.#state.path, String(process.pid), { flag: 'wx' })
    this.#state.held = true
  }
}

const path = join(tmpdir(), `holdfast-${process.pid}.lock`)

function lockTwiceAndForget(): void {
  const lock = new LockFile(path)
  lock.dispose()
  console.log(existsSync(path))
  lock.acquireAgain()
  console.log(existsSync(path))
}

lockTwiceAndForget()
GC.collect()
console.log(existsSync(path))
