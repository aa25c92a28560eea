import { describe, expect, it } from 'vitest'
import { type ChildOptions, runChild } from '../../support/child.js'

// A program that drops handles on purpose, and tells what it was warned of.
const PROGRAM = `
  import { GC, NativeBuffer } from 'holdfast'
  import { tracking } from 'holdfast/tracking'
  import { Probe, report, turns } from './test/support/in-child.mjs'
  const warnings = []
  process.on('warning', ({ name, code, message, detail }) => warnings.push({ name, code, message, detail }))
  const dropBuffers = (count) => { for (let i = 0; i < count; i++) new NativeBuffer(2 ** 20) }
  const dropProbe = () => void new Probe(1)
  const settle = async () => { GC.collect(); await turns(2) }
`

interface Warning {
  name: string
  code: string
  message: string
  detail?: string
}

async function warningsOf(body: string, options: ChildOptions): Promise<Warning[]> {
  const script = `${PROGRAM}\n${body}\nreport(warnings)`
  const { code, stdout, stderr } = await runChild(script, options)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1) as string)
}

const at = (level: string): ChildOptions => ({ env: { HOLDFAST_TRACKING: level } })

describe('a handle that nobody disposed of', () => {
  it('gives one warning for each kind by default, with the next step', async () => {
    const warnings = await warningsOf('dropBuffers(3); dropProbe(); await settle()', {
      env: { HOLDFAST_TRACKING: undefined },
    })
    expect(warnings.map(({ name, code }) => [name, code])).toEqual([
      ['HandleLeakWarning', 'HOLDFAST_LEAK'],
      ['HandleLeakWarning', 'HOLDFAST_LEAK'],
    ])
    expect(warnings[0]?.message).toContain('3 handles of kind NativeBuffer (3 MiB)')
    expect(warnings[1]?.message).toContain('A handle of kind Probe')
    for (const { message, detail } of warnings) {
      expect(message).toContain('HOLDFAST_TRACKING=full')
      expect(detail).toBeUndefined()
    }
  })

  it('gives one warning for each creation site at the level full, with count, stack and what to do', async () => {
    const body = `
      dropBuffers(2); dropBuffers(1); dropProbe()
      ;(function elsewhere() { new NativeBuffer(1) })()
      await settle()`
    const warnings = await warningsOf(body, at('full'))
    expect(warnings).toHaveLength(3)
    const [many, one, probe] = warnings
    expect(many?.message).toMatch(/^3 handles of kind NativeBuffer \(3 MiB\) .* opened at dropBuffers \(.*:\d+:\d+\)/)
    expect(many?.message).toMatch(/`using` declaration, or call dispose\(\)\.$/)
    expect(many?.detail).toMatch(/^Opened here:\n {4}at dropBuffers /)
    expect(one?.message).toContain('elsewhere')
    expect(probe?.message).toContain('new Probe')
  })

  it('is not told of again', async () => {
    const warnings = await warningsOf('for (let i = 0; i < 3; i++) { dropBuffers(2); await settle() }', at('full'))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.message).toContain('2 handles')
  })

  it.each([
    ['with what was said of it', "'queued'", /^Touched here \(queued\):\n {4}at queue .*\n/],
    ['also when nothing was said of it', '', /^Touched here:\n {4}at queue .*\n/],
  ])('is told of with where it was touched last, %s', async (_, hint, expected) => {
    const body = `
      const queue = (buffer) => void buffer.touch(${hint})
      ;(() => queue(new NativeBuffer(8)))()
      await settle()`
    const [warning] = await warningsOf(body, at('full'))
    expect(warning?.detail).toMatch(expected)
    expect(warning?.detail).toContain('\nOpened here:\n')
  })

  it('is found in a synchronous loop, and told of once that is done', async () => {
    const [warning, ...more] = await warningsOf('dropBuffers(2000); await settle()', at('full'))
    expect(more).toEqual([])
    expect(warning?.message).toContain('2000 handles of kind NativeBuffer')
  })

  it('is told of with its place, sooner or later, at the level sampled', async () => {
    const warnings = await warningsOf('tracking.sampleInterval = 4; dropBuffers(200); await settle()', at('sampled'))
    expect(warnings).toHaveLength(2)
    expect(warnings.find(({ detail }) => detail !== undefined)?.message).toContain('opened at dropBuffers')
    expect(warnings.find(({ detail }) => detail === undefined)?.message).toContain('HOLDFAST_TRACKING=full')
  })

  it('is not told of at the level off, and not where it was disposed of or is in use', async () => {
    expect(await warningsOf('dropBuffers(2); dropProbe(); await settle()', at('off'))).toEqual([])
    const body = `
      new NativeBuffer(1).dispose(); new Probe(1).dispose(); new Probe(2).setHandleAsInvalid()
      globalThis.kept = [new NativeBuffer(1), new Probe(3)]
      await settle()`
    expect(await warningsOf(body, at('full'))).toEqual([])
  })

  it('is told of also when the program ends at once', async () => {
    for (const ending of ['', 'process.exit(0)']) {
      const script = `${PROGRAM}\ndropBuffers(1); dropProbe(); GC.collect(); ${ending}`
      const { code, stderr } = await runChild(script, at('full'))
      expect(code).toBe(0)
      expect(stderr.match(/HOLDFAST_LEAK/g)).toHaveLength(2)
      expect(stderr).toContain('dropBuffers')
    }
  })

  it('is not told of when it is still open at the end', async () => {
    const { stderr } = await runChild(`${PROGRAM}\nglobalThis.kept = [new NativeBuffer(1), new Probe(1)]`, at('full'))
    expect(stderr).toBe('')
  })

  it('is told of again after ten thousand other places, so that what is remembered has an end', async () => {
    // Places are told apart by line and column, and kept by the text of their stacks.
    const body = `
      Error.stackTraceLimit = 1
      const { runInThisContext } = await import('node:vm')
      const program = '(NativeBuffer) => [\\n' + '() => void new NativeBuffer(1),\\n'.repeat(10_001) + ']'
      const places = runInThisContext(program, 'places.js')(NativeBuffer)
      const first = () => warnings.filter(({ message }) => message.includes('places.js:2:')).length
      const counts = []
      for (const some of [[places[0]], [places[0]], places.slice(1), [places[0]]]) {
        for (const drop of some) drop()
        await settle()
        counts.push(first())
      }
      warnings.length = 0
      warnings.push(...counts)`
    expect(await warningsOf(body, { env: { HOLDFAST_TRACKING: 'full', NODE_NO_WARNINGS: '1' } })).toEqual([1, 1, 1, 2])
  })

  it('is told of by number where there was no memory to note which', async () => {
    const body = `
      const { native } = await import('./dist/binding.js')
      const take = native.takeFinalizations
      native.takeFinalizations = () => {
        native.takeFinalizations = take
        return Float64Array.of(3)
      }
      dropBuffers(3); await settle()`
    const [warning] = await warningsOf(body, at('counts'))
    expect(warning?.message).toMatch(/^3 handles were collected .* no memory to note which\.$/)
  })

  it('can be muted as any warning can', async () => {
    const script = `${PROGRAM}\ndropBuffers(1); await settle()`
    const { stderr } = await runChild(script, { ...at('full'), execArgv: ['--no-warnings'] })
    expect(stderr).toBe('')
  })
})

describe('with HOLDFAST_STRICT=1', () => {
  const strict = { env: { HOLDFAST_STRICT: '1', HOLDFAST_TRACKING: 'full' } }

  it('a leak ends the program with an uncaught HandleLeakError that has the handles', async () => {
    const script = `${PROGRAM}
      process.on('uncaughtExceptionMonitor', ({ code, leaks }) => console.log(code, leaks.length, leaks[0].kind))
      dropBuffers(2); await settle(); console.log('goes on')`
    const { code, stdout, stderr } = await runChild(script, strict)
    expect(code).toBe(1)
    expect(stdout).toBe('ERR_HOLDFAST_LEAK 2 NativeBuffer\n')
    expect(stderr).toContain('dropBuffers')
  })

  it('every leak is an error, not only the first from a place', async () => {
    const script = `${PROGRAM}
      let errors = 0
      process.on('uncaughtException', () => errors++)
      for (let i = 0; i < 3; i++) { dropBuffers(1); await settle() }
      report(errors)`
    expect((await runChild(script, strict)).stdout).toBe('3\n')
  })

  it('a leak that is found as the program ends makes it fail', async () => {
    const { code, stderr } = await runChild(`${PROGRAM}\ndropBuffers(1); GC.collect(); process.exit()`, strict)
    expect(code).toBe(1)
    expect(stderr).toContain('HOLDFAST_LEAK')
  })

  it('a program without leaks is left alone', async () => {
    const { code, stderr } = await runChild(`${PROGRAM}\nnew NativeBuffer(8).dispose(); await settle()`, strict)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
