import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// The memory limit of the container, as Linux tells it: process.constrainedMemory() looks at the control
// group of the process alone, but the limits of all groups around that hold as well, and the one that
// matters may be any of them.

/** Where the controllers are mounted by convention; a process finds out with some trouble if not there. */
const MOUNT_OF_V2 = 'sys/fs/cgroup'
const MOUNT_OF_V1 = 'sys/fs/cgroup/memory'

/** Above the hard limit the process is killed; above `high` it is slowed down until it hardly moves. */
const FILES_OF_V2 = ['memory.max', 'memory.high']
const FILES_OF_V1 = ['memory.limit_in_bytes']

/**
 * The smallest memory limit of the control groups that the process is in, in bytes; Infinity without any.
 *
 * @param root what `/` is; another folder in tests
 */
export function cgroupLimit(root = '/'): number {
  let least = Number.POSITIVE_INFINITY
  for (const line of read(join(root, 'proc/self/cgroup')).split('\n')) {
    // hierarchy:controllers:path, and a path may have colons in it.
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (hierarchy === '0' && controllers === '') {
      least = Math.min(least, leastIn(join(root, MOUNT_OF_V2), path as string, FILES_OF_V2))
    } else if (controllers?.split(',').includes('memory')) {
      least = Math.min(least, leastIn(join(root, MOUNT_OF_V1), path as string, FILES_OF_V1))
    }
  }
  return least
}

/**
 * Of the group `path` and all around it. Inside a container the path may be the one that the host sees; its
 * folders are missing then, and the mount itself is the group of the container.
 */
function leastIn(mount: string, path: string, files: readonly string[]): number {
  const names = path.split('/').filter((name) => name !== '')
  // A path out of the mount is that of a process that was moved into a namespace from outside.
  const inside = names.includes('..') ? [] : names
  let least = Number.POSITIVE_INFINITY
  for (let depth = inside.length; depth >= 0; depth--) {
    for (const file of files) least = Math.min(least, limitIn(join(mount, ...inside.slice(0, depth), file)))
  }
  return least
}

/** `max` stands for no limit, and so does anything else that is no number. */
function limitIn(file: string): number {
  const text = read(file).trim()
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
