import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cgroupLimit } from '../../lib/cgroup-limit.js'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function given(files: Record<string, string>): number {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
  }
  return cgroupLimit(root)
}

const NONE_OF_V1 = '9223372036854771712'

describe('without a limit the answer is Infinity', () => {
  it('on a system without control groups', () => {
    expect(given({})).toBe(Number.POSITIVE_INFINITY)
  })

  it('in the root group, which has no file', () => {
    expect(given({ 'proc/self/cgroup': '0::/' })).toBe(Number.POSITIVE_INFINITY)
  })

  it('when no group has one', () => {
    const limit = given({
      'proc/self/cgroup': '0::/a/b',
      'sys/fs/cgroup/a/memory.max': 'max',
      'sys/fs/cgroup/a/b/memory.max': 'max',
      'sys/fs/cgroup/a/b/memory.high': 'max',
    })
    expect(limit).toBe(Number.POSITIVE_INFINITY)
  })

  it.each(['', 'nonsense', '-5', '12 34'])('when the file says %j', (text) => {
    expect(given({ 'proc/self/cgroup': '0::/a', 'sys/fs/cgroup/a/memory.max': text })).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('in version 2', () => {
  it('the limit is that of the group of the process', () => {
    expect(given({ 'proc/self/cgroup': '0::/a', 'sys/fs/cgroup/a/memory.max': '536870912' })).toBe(536870912)
  })

  it('the smallest of all groups around counts, wherever it is', () => {
    const files = {
      'proc/self/cgroup': '0::/a/b/c',
      'sys/fs/cgroup/a/memory.max': '3000',
      'sys/fs/cgroup/a/b/memory.max': '1000',
      'sys/fs/cgroup/a/b/c/memory.max': 'max',
    }
    expect(given(files)).toBe(1000)
    expect(given({ 'sys/fs/cgroup/a/memory.max': '900' })).toBe(900)
    expect(given({ 'sys/fs/cgroup/memory.max': '800' })).toBe(800)
    expect(given({ 'sys/fs/cgroup/a/b/c/memory.max': '700' })).toBe(700)
  })

  it('a group beside does not count', () => {
    const limit = given({
      'proc/self/cgroup': '0::/a/b',
      'sys/fs/cgroup/a/other/memory.max': '1',
      'sys/fs/cgroup/a/b/memory.max': '500',
    })
    expect(limit).toBe(500)
  })

  it('the limit above which the kernel slows a group down counts, too', () => {
    const limit = given({
      'proc/self/cgroup': '0::/a',
      'sys/fs/cgroup/a/memory.max': '500',
      'sys/fs/cgroup/a/memory.high': '400',
    })
    expect(limit).toBe(400)
  })

  it('the mount is the group of a container that knows its path on the host only', () => {
    const files = { 'proc/self/cgroup': '0::/docker/0123', 'sys/fs/cgroup/memory.max': '500' }
    expect(given(files)).toBe(500)
    expect(given({ 'proc/self/cgroup': '0::/../elsewhere' })).toBe(500)
  })

  it('a path may have a colon in it', () => {
    expect(given({ 'proc/self/cgroup': '0::/a:b', 'sys/fs/cgroup/a:b/memory.max': '500' })).toBe(500)
  })
})

describe('in version 1', () => {
  const lines = (path: string) => ['12:cpu,cpuacct:/', `4:memory:${path}`, '1:name=systemd:/memory', '0::/'].join('\n')

  it('the smallest of all groups around counts', () => {
    const limit = given({
      'proc/self/cgroup': lines('/a/b'),
      'sys/fs/cgroup/memory/memory.limit_in_bytes': NONE_OF_V1,
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': '314572800',
      'sys/fs/cgroup/memory/a/b/memory.limit_in_bytes': NONE_OF_V1,
    })
    expect(limit).toBe(314572800)
  })

  it('the mount is the group of a container that knows its path on the host only', () => {
    const limit = given({
      'proc/self/cgroup': lines('/docker/0123'),
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '500',
    })
    expect(limit).toBe(500)
  })

  it('the controller may share its hierarchy with others', () => {
    const limit = given({
      'proc/self/cgroup': '3:cpuset,memory,pids:/a',
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': '500',
    })
    expect(limit).toBe(500)
  })

  it('beside version 2 the smaller of both counts', () => {
    const files = {
      'proc/self/cgroup': `${lines('/a')}`,
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': '500',
      'sys/fs/cgroup/memory.max': '600',
    }
    expect(given(files)).toBe(500)
    expect(given({ 'sys/fs/cgroup/memory.max': '400' })).toBe(400)
  })
})
