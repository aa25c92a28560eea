import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { expect, inject, it } from 'vitest'

const NEEDED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^native\/(README\.md|binding\.gyp|(binding|core|glibc|resources)\/\w+\.(cc|h))$/,
  /^prebuilds\/(linux-(x64|arm64)\/holdfast\.(glibc|musl)|(darwin|win32)-(x64|arm64)\/holdfast)\.node$/,
  /^dist\/([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
  /^dist\/report\/client\/(report\.css|LICENSES\.txt)$/,
  /^dist\/vendor\/LICENSES\.txt$/,
]
/** The largest are the program of the report and two packages for the command, 150 KB each. */
const PACKED_LIMIT = 700_000
const UNPACKED_LIMIT = 2_400_000

const lines = execFileSync('tar', ['-tvzf', inject('tarball')], { encoding: 'utf8' })
  .trimEnd()
  .split('\n')
const files = lines.map((line) => {
  const [, size, name = ''] = /^\S+ \S+\s+(\d+) \S+ \S+ package\/(.+)$/.exec(line) ?? []
  return { name, size: Number(size) }
})

it('nothing is in the tarball that is not needed', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.map(({ name }) => name).filter((name) => !NEEDED.some((pattern) => pattern.test(name)))).toEqual([])
})

it('what the addon is built from is in it', () => {
  const gyp = readFileSync(new URL('../../native/binding.gyp', import.meta.url), 'utf8')
  const sources = [...gyp.matchAll(/"(\w+\/\w+\.cc)"/g)].map(([, name]) => `native/${name}`)
  expect(sources.length).toBeGreaterThan(40)
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['native/binding.gyp', ...sources]))
})

it('it stays small', () => {
  const packed = statSync(inject('tarball')).size
  const unpacked = files.reduce((sum, { size }) => sum + size, 0)
  const largest = files.toSorted((a, b) => b.size - a.size).slice(0, 6)
  console.log(
    `${packed} bytes packed, ${unpacked} unpacked:`,
    largest.map(({ name, size }) => `${name} ${size}`),
  )
  expect(packed).toBeLessThan(PACKED_LIMIT)
  expect(unpacked).toBeLessThan(UNPACKED_LIMIT)
})
