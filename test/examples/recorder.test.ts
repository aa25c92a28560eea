import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type RecorderRow, recorderRowsOf, WITHOUT_COMPILERS } from '../../bench/questions/hosting/recorder-table.js'
import { describeResult, runChild, runForReport } from '../support/child.js'
import { scratchDirectory } from '../support/recordings.js'

// The programs of examples/recorder, with a database in a file.

const program = (name: string) => new URL(`../../examples/recorder/out/${name}.js`, import.meta.url)

// AddressSanitizer makes everything several times slower.
const ITERATIONS = process.env['HOLDFAST_SANITIZED'] === '1' ? 2_000 : 10_000
const TIMEOUT = 170_000

/** In a process of its own, as what is in a file has to be there for others. */
function contentsOf(database: string): Promise<{ rows: number; complete: number; check: string }> {
  return runForReport(
    `import { Connection } from './examples/sqlite/out/connection.js'
    const db = new Connection(process.argv[1])
    const ask = (sql) => db.prepare(sql).all()[0]
    const [rows, complete] = ask('SELECT count(*), count(pressure + temperature + humidity) FROM reading')
    const [check] = ask('PRAGMA integrity_check')
    console.log(JSON.stringify({ rows: Number(rows), complete: Number(complete), check }))`,
    { args: [database] },
  )
}

describe('the recorder', () => {
  it(
    `holds as much after ${ITERATIONS} iterations as after a tenth of them, and has stored them all`,
    async () => {
      using scratch = scratchDirectory()
      const database = scratch.path('readings.db')
      const result = await runChild(program('main'), {
        args: ['--iterations', `${ITERATIONS}`, '--database', database, '--gc'],
        execArgv: WITHOUT_COMPILERS,
        timeout: TIMEOUT,
      })
      expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
      const rows = recorderRowsOf(result.stdout)
      expect(rows.map(({ iteration }) => iteration)).toEqual(
        Array.from({ length: 10 }, (_, tenth) => ((tenth + 1) * ITERATIONS) / 10),
      )
      for (const row of rows) {
        expect(row).toMatchObject({ sensors: 3, connections: 1, scopes: 1, handles: 5, readings: row.iteration * 3 })
      }
      expect((rows[9] as RecorderRow).heapKiB / (rows[0] as RecorderRow).heapKiB).toBeLessThanOrEqual(1.02)
      expect(result.stdout).toContain(`iterations. Left open: 0 handles, 0 of them scopes.`)
      expect(await contentsOf(database)).toEqual({ rows: ITERATIONS, complete: ITERATIONS, check: 'ok' })
    },
    TIMEOUT + 10_000,
  )

  describe('is interrupted', () => {
    /** Runs the program, which gets SIGINT when it has shown a row, and so many connections are open. */
    async function interrupt(connections: number, args: string[]) {
      using scratch = scratchDirectory()
      const database = scratch.path('readings.db')
      const result = await runChild(
        `import { liveHandles } from 'holdfast'
        const { log } = console
        console.log = (line) => {
          log(line)
          if (line.endsWith(' KiB')) interrupt()
        }
        async function interrupt() {
          do await new Promise((resolve) => setImmediate(resolve))
          while (liveHandles('Connection') !== ${connections})
          process.kill(process.pid, 'SIGINT')
        }
        process.once('SIGINT', () => log('interrupted with', liveHandles('Connection'), 'connections'))
        await import(${JSON.stringify(program('main'))})`,
        { args: [...args, '--database', database] },
      )
      expect([result.code, result.signal, result.stderr], describeResult(result)).toEqual([0, null, ''])
      expect(result.stdout).toContain(`interrupted with ${connections} connections`)
      expect(result.stdout).toContain('Left open: 0 handles, 0 of them scopes.')
      expect(readdirSync(scratch.directory)).toEqual(['readings.db'])
      const iterations = Number(result.stdout.match(/^([\d,]+) iterations/m)?.[1])
      expect(await contentsOf(database)).toEqual({ rows: iterations, complete: iterations, check: 'ok' })
      return iterations
    }

    it('in a transaction: it is undone, all before it are there, nothing is left open, and the end is a good one', async () => {
      expect(await interrupt(1, ['--iterations', '100000', '--every', '100'])).toBe(100)
    })

    it('while it waits for an hour: it ends at once', async () => {
      expect(await interrupt(0, ['--interval', '3600000', '--every', '1'])).toBe(1)
    })
  })
})

describe('the leaky recorder', () => {
  async function leak(...args: string[]) {
    using scratch = scratchDirectory()
    return await runChild(program('leaky'), {
      args: ['--iterations', '1000', '--database', scratch.path('readings.db'), '--gc', ...args],
      execArgv: WITHOUT_COMPILERS,
      timeout: TIMEOUT,
    })
  }

  it(
    'keeps everything until it ends, and is told of at 100 and 1,000 of each service',
    async () => {
      const result = await leak()
      expect(result.code, describeResult(result)).toBe(0)
      const rows = recorderRowsOf(result.stdout)
      for (const { iteration, sensors, connections, scopes } of rows) {
        expect([sensors, connections, scopes]).toEqual([3 * iteration, iteration, 1])
      }
      expect((rows[9] as RecorderRow).heapKiB / (rows[0] as RecorderRow).heapKiB).toBeGreaterThan(1.1)
      const warnings = result.stderr.match(/\[HOLDFAST_ROOT_TRANSIENTS\].* (100|1000) transients of [\w[\]]+/g) ?? []
      const told = warnings.map((warning) => warning.replace(/.* (100|1000) transients of/, '$1'))
      const services = ['Connection', 'ReadingStore', 'Sensor[humidity]', 'Sensor[pressure]', 'Sensor[temperature]']
      expect(told.sort()).toEqual(['100', '1000'].flatMap((count) => services.map((service) => `${count} ${service}`)))
      expect(result.stdout).toContain('1,000 iterations. Left open: 0 handles, 0 of them scopes.')
    },
    TIMEOUT + 10_000,
  )

  it('does not get beyond the first transient where that is wanted, and leaves nothing open', async () => {
    const result = await leak('--root-transients', 'throw')
    expect(result.code, describeResult(result)).toBe(1)
    expect(result.stderr).toContain("code: 'ERR_HOLDFAST_SERVICE'")
    expect(result.stderr).toContain("path: [ 'Recorder', 'Station', 'Sensor[pressure]' ]")
    expect(result.stdout).toBe('0 iterations. Left open: 0 handles, 0 of them scopes.\n')
  })
})

it('broadcasts that outlive their scope fail; where the scope knows of them it refuses to end, or waits', async () => {
  using scratch = scratchDirectory()
  const result = await runChild(program('broadcast'), { args: ['--database', scratch.path('readings.db')] })
  expect([result.code, result.stderr], describeResult(result)).toEqual([0, ''])
  const told = ['display', 'website', 'archive'].map((name) => `  the ${name} is told 1013.0 hPa`)
  expect(result.stdout.trimEnd().split('\n')).toEqual([
    'untracked:',
    expect.stringContaining('  ObjectDisposedError: '),
    'refused:',
    expect.stringMatching(/^ {2}InvalidOperationError: .*broadcast to the display, broadcast to the website/),
    ...told,
    'awaited:',
    ...told,
    'Left open: 0 handles.',
  ])
  expect(readFileSync('examples/recorder/README.md', 'utf8')).toContain(result.stdout)
})
