import { type HandleCollector, SafeHandle } from 'holdfast'

// The thing behind a handle: an entry in a table, as a file is an entry in the table of the process.
const free: number[] = []
const isOpen: boolean[] = [true] // 0 is no file.

function openFile(): number {
  const file = free.pop() ?? isOpen.length
  isOpen[file] = true
  return file
}

function closeFile(file: number): void {
  if (!isOpen[file]) throw new Error(`File ${file} was closed twice.`)
  isOpen[file] = false
  free.push(file)
}

export class FileLike extends SafeHandle<number> {
  /** Set before the first one is opened, where the policy is one of the library. */
  declare static collector?: HandleCollector

  static releaseHandle(file: number): void {
    closeFile(file)
  }

  constructor() {
    super(0)
    this.setHandle(openFile())
  }
}
