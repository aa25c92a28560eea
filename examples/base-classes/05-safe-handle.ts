import { closeSync, openSync, readSync } from 'node:fs'
import { liveHandles, NativeBuffer, SafeHandleMinusOneIsInvalid } from 'holdfast'

// SafeHandle: Both, for one raw handle of a native library. It also counts references, so that nobody
// closes the handle while somebody else is inside a call with it.
class FileHandle extends SafeHandleMinusOneIsInvalid {
  static releaseHandle(fd: number) {
    closeSync(fd)
  }

  constructor(path: string) {
    super()
    this.setHandle(openSync(path, 'r'))
  }

  read(target: NativeBuffer): number {
    using lease = this.lease()
    return readSync(lease.value as number, target.bytes)
  }
}

{
  using file = new FileHandle(process.execPath)
  using buffer = new NativeBuffer(4)
  console.log(file.read(buffer), liveHandles())
}
console.log(liveHandles())
