import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncDisposableObject } from 'holdfast'

// AsyncDisposableObject: disposal takes time, here for writing and for the disk. dispose() would have to cut
// that short, so it is an error, and `using` in place of `await using` is one, too.
class Journal extends AsyncDisposableObject {
  readonly #file: FileHandle
  readonly #lines: string[] = []

  private constructor(file: FileHandle) {
    super()
    this.#file = file
  }

  static async create(path: string): Promise<Journal> {
    return new Journal(await open(path, 'a'))
  }

  log(line: string): void {
    this.throwIfDisposed()
    this.#lines.push(`${line}\n`)
  }

  protected override async disposeAsyncCore(): Promise<void> {
    this.log('end')
    try {
      await this.#file.appendFile(this.#lines.join(''))
      await this.#file.sync()
    } finally {
      await this.#file.close()
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
const path = join(folder, 'journal')
{
  await using journal = await Journal.create(path)
  journal.log('begin')
}
console.log(JSON.stringify(await readFile(path, 'utf8')))
await rm(folder, { recursive: true })
