import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportProfile } from '../../../lib/profiles/index.js'
import { runChild } from '../../support/child.js'
import { empty, example, frame, recordingOf, site } from './recordings.js'
import { importInSpeedscope, weightsIn } from './speedscope-importer.js'

interface Node {
  callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number }
  selfSize: number
  id: number
  children: Node[]
}

interface HeapProfile {
  head: Node
  samples: { size: number; nodeId: number; ordinal: number }[]
}

const parse = (recording = example) => JSON.parse(exportProfile(recording, 'heapprofile') as string) as HeapProfile

function nodesIn({ head }: HeapProfile): Node[] {
  const below = (node: Node): Node[] => [node, ...node.children.flatMap(below)]
  return below(head)
}

/** Names of fields in their order, and types, of every object in it; those of equal shape once. */
function shapesIn(value: unknown, shapes = new Set<string>()): Set<string> {
  if (Array.isArray(value)) {
    for (const element of value) shapesIn(element, shapes)
  } else if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([name, field]) => `${name}: ${Array.isArray(field) ? 'array' : typeof field}`,
    )
    shapes.add(fields.join(', '))
    for (const field of Object.values(value)) shapesIn(field, shapes)
  }
  return shapes
}

async function profileOfEngine(): Promise<HeapProfile> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  try {
    const program = 'globalThis.kept = Array.from({ length: 2000 }, () => new Array(1000).fill(0))'
    const execArgv = ['--heap-prof', '--heap-prof-name=engine.heapprofile', `--heap-prof-dir=${directory}`]
    const { code } = await runChild(program, { execArgv })
    expect(code).toBe(0)
    return JSON.parse(readFileSync(join(directory, 'engine.heapprofile'), 'utf8')) as HeapProfile
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe('A .heapprofile', () => {
  it('has the fields that the engine writes, in its order and of its types', async () => {
    const engine = await profileOfEngine()
    expect(engine.samples.length).toBeGreaterThan(0)
    expect([...shapesIn(parse())].sort()).toEqual([...shapesIn(engine)].sort())
    expect(parse().head).toEqual({ ...engine.head, children: expect.any(Array) })
  })

  it('has unique ids, and samples that add up to the sizes of nodes', () => {
    const nodes = nodesIn(parse())
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length)
    const { samples } = parse()
    for (const { id, selfSize } of nodes) {
      const sizes = samples.filter(({ nodeId }) => nodeId === id).map(({ size }) => size)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(selfSize)
    }
  })

  it('numbers samples in the order in which their sites first opened a handle', () => {
    const { samples } = parse()
    expect(samples.map(({ size, ordinal }) => [ordinal, size])).toEqual([
      [1, 32],
      [2, 200],
      [3, 3 * 4096],
    ])
  })

  it('counts lines and columns from 0, and gives files as URLs', () => {
    const upload = nodesIn(parse()).filter(({ callFrame }) => callFrame.functionName === 'upload')
    const callFrame = { functionName: 'upload', url: 'file:///srv/app.js', lineNumber: 13, columnNumber: 17 }
    expect(upload.map((node) => node.callFrame)).toEqual([expect.objectContaining(callFrame), expect.anything()])
    expect(upload.map(({ selfSize }) => selfSize).sort()).toEqual([3 * 4096, 32].sort())
  })

  it('gives the same script the same id, and another script another one', () => {
    const scripts = new Map(nodesIn(parse()).map(({ callFrame }) => [callFrame.url, callFrame.scriptId]))
    expect([...scripts.keys()].sort()).toEqual(['', 'file:///srv/app.js', 'file:///srv/lib/server.js'])
    expect(new Set(scripts.values()).size).toBe(3)
    expect(scripts.get('')).toBe('0')
  })

  it('knows paths of every system, and leaves what is no path as it is', () => {
    const urlOf = (file: string) => {
      const opened = { live: 1, liveBytes: 1 }
      return nodesIn(parse(recordingOf([site([frame('f', 1, 1, file)], opened)]))).at(-1)?.callFrame.url
    }
    expect(urlOf('/srv/a b.js')).toBe('file:///srv/a%20b.js')
    expect(urlOf('C:\\srv\\app.js')).toBe('file:///C:/srv/app.js')
    expect(urlOf('node:fs')).toBe('node:fs')
    expect(urlOf('https://example.org/app.js')).toBe('https://example.org/app.js')
    expect(urlOf('[eval]')).toBe('[eval]')
  })

  it('shows the live bytes of each kind in speedscope, by stack', async () => {
    const { profiles } = await importInSpeedscope('example.heapprofile', JSON.stringify(parse()))
    const stack = [
      '(anonymous server.js:30) file:///srv/lib/server.js:30:2',
      'handle file:///srv/app.js:19:4',
      'upload file:///srv/app.js:13:17',
    ].join(' > ')
    expect(profiles.map(weightsIn)).toEqual([
      {
        [`(root) > NativeBuffer > ${stack}`]: 3 * 4096,
        [`(root) > SecretBuffer > ${stack}`]: 32,
        '(root) > NativeBuffer > (no stack)': 200,
      },
    ])
    expect(profiles[0]?.getTotalWeight()).toBe(example.total.liveBytes)
  })

  it('is a root alone when nothing was opened', async () => {
    expect(nodesIn(parse(empty))).toEqual([expect.objectContaining({ selfSize: 0, children: [] })])
    expect(parse(empty).samples).toEqual([])
    const { profiles } = await importInSpeedscope('empty.heapprofile', JSON.stringify(parse(empty)))
    expect(profiles.map((profile) => profile.getTotalWeight())).toEqual([0])
  })
})
