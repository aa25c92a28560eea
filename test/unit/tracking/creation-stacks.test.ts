import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  FinalizableObject,
  GCHandle,
  MappedFile,
  NativeArena,
  NativeBuffer,
  SafeDirectoryHandle,
  SafeFileHandle,
  SecretBuffer,
  SharedMemory,
  subscribe,
} from '../../../lib/index.js'
import { type LiveHandle, tracking } from '../../../lib/tracking/index.js'
import { runForReport } from '../../support/child.js'
import { FakeHandle } from '../../support/fake-handle.js'

const HERE = fileURLToPath(import.meta.url)
const LIBRARY = fileURLToPath(new URL('../../../lib', import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-stacks-'))
  writeFileSync(join(folder, 'file'), 'contents')
})
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  tracking.level = 'full'
})
afterEach(() => {
  tracking.level = 'off'
  tracking.sampleInterval = 128
})

class Temporary extends FinalizableObject<number> {
  constructor() {
    super(1, () => {})
  }
}

const OPENERS: [string, () => Disposable | Promise<Disposable>][] = [
  ['NativeBuffer', () => new NativeBuffer(8)],
  ['NativeBuffer by from()', () => NativeBuffer.from('text')],
  ['NativeBuffer by receive()', () => NativeBuffer.receive(new NativeBuffer(8).transfer())],
  ['NativeArena', () => new NativeArena()],
  ['SecretBuffer', () => new SecretBuffer(8)],
  ['MappedFile', () => MappedFile.open(join(folder, 'file'))],
  ['SharedMemory', () => SharedMemory.create(`holdfast-stacks-${process.pid}`, 8)],
  ['SafeFileHandle', () => SafeFileHandle.open(join(folder, 'file'))],
  ['SafeFileHandle by openAsync()', () => SafeFileHandle.openAsync(join(folder, 'file'))],
  ['SafeDirectoryHandle', () => SafeDirectoryHandle.open(folder)],
  ['GCHandle', () => GCHandle.alloc({})],
  ['Subscription', () => subscribe(new EventEmitter(), 'event', () => {})],
]

function onlyOne(): LiveHandle {
  const { handles } = tracking.snapshot()
  expect(handles).toHaveLength(1)
  return handles[0] as LiveHandle
}

describe('the creation stack', () => {
  it.each(OPENERS)('of a %s begins with the line of the program that opened it', async (_, open) => {
    using _resource = await open()
    const [first, ...callers] = onlyOne().stack ?? []
    expect(first?.file).toBe(HERE)
    expect(first?.line).toBeGreaterThan(0)
    for (const { file } of callers) expect(file.startsWith(LIBRARY) || file.startsWith('node:')).toBe(false)
  })

  it('has function, line and column as an error made there has them', () => {
    function openBuffer() {
      return [new NativeBuffer(8), new Error('here')] as const
    }
    const [buffer, error] = openBuffer()
    using _buffer = buffer
    const [, line, column] = /:(\d+):(\d+)\)?\n/.exec((error.stack as string).split('at ')[1] as string) ?? []
    expect(onlyOne().stack?.[0]).toEqual({
      functionName: 'openBuffer',
      file: HERE,
      line: Number(line),
      column: Number(column) - '[new NativeBuffer(8), '.length + 1,
    })
  })

  it('of a class that extends SafeHandle begins in its constructor', () => {
    using _handle = new FakeHandle(1)
    const names = onlyOne().stack?.map(({ functionName }) => functionName)
    expect(names?.[0]).toBe('new FakeHandle')
    expect(onlyOne().stack?.[1]?.file).toBe(HERE)
  })

  it('of a class that extends FinalizableObject begins in its constructor', () => {
    using _object = new Temporary()
    expect(onlyOne().stack?.[0]?.functionName).toBe('new Temporary')
  })

  it('cannot be changed for others', () => {
    using _buffer = new NativeBuffer(8)
    const { stack = [] } = onlyOne()
    expect(Object.isFrozen(stack)).toBe(true)
    expect(Object.isFrozen(stack[0])).toBe(true)
  })

  it('is as deep as errors of the program are, up to 16 frames', () => {
    const limit = Error.stackTraceLimit
    const depthWith = (wanted: number) => {
      const open = (depth: number): NativeBuffer => (depth === 0 ? new NativeBuffer(8) : open(depth - 1))
      Error.stackTraceLimit = wanted
      using _buffer = open(30)
      expect(Error.stackTraceLimit).toBe(wanted)
      Error.stackTraceLimit = limit
      return onlyOne().stack?.length
    }
    expect(depthWith(5)).toBe(5)
    expect(depthWith(100)).toBe(16)
  })

  it('is told with the time at which the handle was opened', () => {
    const before = Date.now()
    using _buffer = new NativeBuffer(8)
    expect(onlyOne().createdAt).toBeGreaterThanOrEqual(before)
    expect(onlyOne().createdAt).toBeLessThanOrEqual(Date.now())
  })

  it('belongs to the handle, not to one that had its slot before', () => {
    const first = () => new NativeBuffer(8)
    const second = () => new NativeBuffer(8)
    first().dispose()
    using _buffer = second()
    expect(onlyOne().stack?.[0]?.functionName).toBe('second')
  })

  it('is not there at levels that record none', () => {
    for (const level of ['off', 'counts'] as const) {
      tracking.level = level
      using _buffer = new NativeBuffer(8)
      expect(onlyOne()).not.toHaveProperty('stack')
      expect(onlyOne()).not.toHaveProperty('createdAt')
    }
  })

  it('is forgotten when tracking is turned off', () => {
    using _buffer = new NativeBuffer(8)
    tracking.level = 'off'
    expect(onlyOne()).not.toHaveProperty('stack')
  })

  it('is there for one in sampleInterval handles at the level sampled', () => {
    tracking.level = 'sampled'
    tracking.sampleInterval = 8
    const buffers = Array.from({ length: 8000 }, () => new NativeBuffer(0))
    const recorded = tracking.snapshot().handles.filter(({ stack }) => stack !== undefined).length
    for (const buffer of buffers) buffer.dispose()
    // The distances are equally distributed from 1 to 15: 1,000 of them have a deviation of 0.2 in their mean.
    expect(recorded).toBeGreaterThan(850)
    expect(recorded).toBeLessThan(1150)
  })

  it('is there for every handle with a sample interval of 1', () => {
    tracking.level = 'sampled'
    tracking.sampleInterval = 1
    using _first = new NativeBuffer(0)
    using _second = new NativeBuffer(0)
    for (const { stack } of tracking.snapshot().handles) expect(stack).toBeDefined()
  })
})

const KEEPS_NOTHING = `
  import { setFlagsFromString } from 'node:v8'
  import { runInNewContext } from 'node:vm'
  import { GC, liveHandles, NativeBuffer } from 'holdfast'
  import { engineGc, report, turns } from './test/support/in-child.mjs'
  const gc = engineGc()
  class Holder {
    open() { this.buffer = new NativeBuffer(8) }
  }
  const openInMethod = () => new Holder().open()
  const openInClosure = () => {
    const held = {}
    const open = () => { held.buffer = new NativeBuffer(8) }
    open()
  }
  async function counts(open, collect) {
    for (let i = 0; i < 500; i++) open()
    await collect()
    return liveHandles()
  }
  const ways = [
    () => GC.collect(),
    async () => { await turns(2); gc(); GC.reclaim() },
  ]
  const left = []
  for (const open of [openInMethod, openInClosure]) for (const way of ways) left.push(await counts(open, way))
  report(left)
`

describe('a stack that nobody has read', () => {
  it('does not keep alive what is on it, for longer than a turn of the event loop or a collection', async () => {
    expect(
      await runForReport<number[]>(KEEPS_NOTHING, { env: { HOLDFAST_TRACKING: 'full', NODE_NO_WARNINGS: '1' } }),
    ).toEqual([0, 0, 0, 0])
  })

  it('does not keep a synchronous loop from getting its handles back', async () => {
    const script = `
      import { handleStatistics, NativeBuffer } from 'holdfast'
      import { report } from './test/support/in-child.mjs'
      class Holder {
        open() { this.buffer = new NativeBuffer(65536) }
      }
      for (let i = 0; i < 20000; i++) new Holder().open()
      report(handleStatistics().peakLive)
    `
    const peak = await runForReport<number>(script, { env: { HOLDFAST_TRACKING: 'full', NODE_NO_WARNINGS: '1' } })
    expect(peak).toBeLessThan(5000)
  })
})

describe('a program that was compiled', () => {
  it('is told of by the lines of its sources, with --enable-source-maps', async () => {
    const source = [
      "import { NativeBuffer } from 'holdfast'",
      "import { tracking } from 'holdfast/tracking'",
      'interface Wanted { readonly size: number }',
      '',
      'function openIt({ size }: Wanted): NativeBuffer {',
      '  return new NativeBuffer(size)',
      '}',
      'const buffer = openIt({ size: 8 })',
      'console.log(JSON.stringify(tracking.snapshot().handles[0]?.stack?.slice(0, 2)))',
      'buffer.dispose()',
    ].join('\n')
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const compiled = join(root, 'out', `compiled-${process.pid}.mjs`)
    mkdirSync(join(root, 'out'), { recursive: true })
    const { code } = transformSync(source, { loader: 'ts', sourcemap: 'inline', sourcefile: 'opener.ts', minify: true })
    writeFileSync(compiled, code)
    try {
      const stack = await runForReport<object[]>(pathToFileURL(compiled), {
        execArgv: ['--enable-source-maps'],
        env: { HOLDFAST_TRACKING: 'full' },
      })
      expect(stack).toEqual([
        expect.objectContaining({ file: join(root, 'out', 'opener.ts'), line: 6 }),
        expect.objectContaining({ file: join(root, 'out', 'opener.ts'), line: 8 }),
      ])
    } finally {
      rmSync(compiled)
    }
  })
})

it('is captured also where the intrinsics are frozen', async () => {
  const script = `
    import { NativeBuffer } from 'holdfast'
    import { tracking } from 'holdfast/tracking'
    import { report } from './test/support/in-child.mjs'
    const buffer = new NativeBuffer(8)
    report(tracking.snapshot().handles[0].stack.length > 0)
  `
  const env = { HOLDFAST_TRACKING: 'full', NODE_NO_WARNINGS: '1' }
  expect(await runForReport(script, { execArgv: ['--frozen-intrinsics'], env })).toBe(true)
})

it.each([
  ['call sites', '(_, sites) => sites'],
  ['nothing', '() => undefined'],
  ['an exception', '() => { throw new Error("no stacks here") }'],
])('is empty where Error.prepareStackTrace makes %s of it, and the program is left alone', async (_, prepare) => {
  const script = `
    import { NativeBuffer } from 'holdfast'
    import { tracking } from 'holdfast/tracking'
    import { report, turns } from './test/support/in-child.mjs'
    Error.prepareStackTrace = ${prepare}
    const buffer = new NativeBuffer(8)
    await turns(2)
    report(tracking.snapshot().handles.map(({ stack }) => stack))
    buffer.dispose()
  `
  expect(await runForReport(script, { env: { HOLDFAST_TRACKING: 'full' } })).toEqual([[]])
})
