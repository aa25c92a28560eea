import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FILES = ['data', 'entries/one', 'entries/two']
/** Where names of shared memory are files. */
const NAMES = '/dev/shm'

/** What a process has left behind. */
export interface Left {
  readonly files: string[]
  readonly names: string[]
  /** The ids of processes that it has started. */
  readonly processes: string[]
}

/**
 * A folder with some files, and the beginning of names of shared memory, for one process alone: what is more there when
 * it has ended, it has left behind.
 */
export class Surroundings implements Disposable {
  readonly folder: string
  readonly name = `holdfast-test-${randomUUID()}`
  /** For the environment of the process. */
  readonly env: Readonly<Record<string, string>>

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    this.env = { TMPDIR: join(this.folder, 'tmp') }
    mkdirSync(join(this.folder, 'entries'))
    mkdirSync(join(this.folder, 'tmp'))
    for (const file of FILES) writeFileSync(join(this.folder, file), Buffer.alloc(65_536, 1))
  }

  /** To be asked when the process has ended; names are removed. */
  takeLeft(): Left {
    return { files: this.#files(), names: this.#takeNames(), processes: this.#processes() }
  }

  /** Names go, too: a process that was killed because it hung has left some. */
  [Symbol.dispose](): void {
    this.#takeNames()
    rmSync(this.folder, { recursive: true })
  }

  #files(): string[] {
    const known = [...FILES, 'entries', 'tmp']
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).filter((path) => !known.includes(path))
  }

  #takeNames(): string[] {
    if (!existsSync(NAMES)) return []
    const left = readdirSync(NAMES).filter((file) => file.startsWith(this.name))
    for (const file of left) rmSync(join(NAMES, file))
    return left.map((file) => file.replace(this.name, 'the name'))
  }

  /** A process that was started by ours has inherited its environment. */
  #processes(): string[] {
    if (process.platform !== 'linux') return []
    const ids = readdirSync('/proc').filter((id) => /^\d+$/.test(id))
    return ids.filter((id) => readOptional(`/proc/${id}/environ`).includes(this.folder))
  }
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // it has ended, or is somebody else's
  }
}
