import * as namespace from 'prom-client'
import client, { type Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { GC, HandleCollector, liveHandles, NativeBuffer } from '../../../lib/index.js'
import { registerPrometheus } from '../../../lib/metrics/index.js'
import { runForReport } from '../../support/child.js'
import { FakeHandle } from '../../support/fake-handle.js'
import { MetricsServer } from './scraping.js'

const code = (expected: string) => expect.objectContaining({ code: expected })
const anything = (value: unknown) => value as never

const TYPES = {
  holdfast_handles_live: 'gauge',
  holdfast_handles_live_bytes: 'gauge',
  holdfast_handles_opened_total: 'counter',
  holdfast_handles_disposed_total: 'counter',
  holdfast_handles_finalized_total: 'counter',
  holdfast_forced_collections_total: 'counter',
  holdfast_forced_collection_seconds_total: 'counter',
}
const NAMES = Object.keys(TYPES)

function drop(count: number): void {
  for (let index = 0; index < count; index++) new FakeHandle(index, { byteLength: 10 })
}

/** Live, live bytes, opened, disposed and finalized ones of a kind. */
async function scrapeKind(server: MetricsServer, kind: string): Promise<(number | undefined)[]> {
  const { samples } = await server.scrape()
  return NAMES.slice(0, 5).map((name) => samples.get(`${name}{kind="${kind}"}`))
}

function numberIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}\\{kind="FakeHandle"\\} (.+)$`, 'm').exec(text)?.[1])
}

afterEach(() => client.register.clear())

describe('A scrape over HTTP', () => {
  it('has seven metrics, each with its type', async () => {
    using _registration = registerPrometheus(client)
    await using server = await MetricsServer.start(client.register)
    expect((await server.scrape()).types).toEqual(TYPES)
  })

  it('follows handles that are opened, disposed of, and finalized', async () => {
    using _registration = registerPrometheus(client)
    await using server = await MetricsServer.start(client.register)
    expect(await scrapeKind(server, 'FakeHandle')).toEqual(Array(5).fill(undefined))

    using kept = new FakeHandle(1, { byteLength: 1000 })
    new FakeHandle(2).dispose()
    expect(await scrapeKind(server, 'FakeHandle')).toEqual([1, 1000, 2, 1, 0])

    drop(3)
    expect(await scrapeKind(server, 'FakeHandle')).toEqual([4, 1030, 5, 1, 0])
    GC.collect()
    expect(await scrapeKind(server, 'FakeHandle')).toEqual([1, 1000, 5, 1, 3])

    kept.dispose()
    expect(await scrapeKind(server, 'FakeHandle')).toEqual([0, 0, 5, 2, 3])
  })

  it('counts collections that the program forces, and that collectors force', async () => {
    using _registration = registerPrometheus(client)
    await using server = await MetricsServer.start(client.register)
    const forced = async () => {
      const { samples } = await server.scrape()
      return [samples.get(NAMES[5] as string) as number, samples.get(NAMES[6] as string) as number] as const
    }
    const [count, seconds] = await forced()
    GC.collect()
    GC.collect('minor')
    const [afterCalls, secondsAfterCalls] = await forced()
    expect(afterCalls).toBe(count + 2)
    expect(secondsAfterCalls).toBeGreaterThan(seconds)
    expect(secondsAfterCalls - seconds).toBeLessThan(10)

    const collector = new HandleCollector('few', 1, undefined, { policy: 'classic' })
    for (let added = 0; added < 3; added++) collector.add()
    expect(collector.collections).toBeGreaterThan(0)
    expect((await forced())[0]).toBe(afterCalls + collector.collections)
  })

  it('shows every thread of the process, and what ended threads have counted', async () => {
    const fixture = new URL('./fixtures/threads.mjs', import.meta.url)
    expect(await runForReport(fixture)).toEqual({
      during: { live: 5, opened: 6, finalized: 0, forced: 2 },
      afterwards: { live: 2, opened: 6, finalized: 3, forced: 2 },
    })
  })

  it('follows the format OpenMetrics, too, and leaves nothing of it behind', async () => {
    const register = new Registry<OpenMetricsContentType>()
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const registration = registerPrometheus(client, { register })
    await using server = await MetricsServer.start(register)
    using _buffer = new NativeBuffer(64)
    const { samples, types, text } = await server.scrape()
    expect(samples.get('holdfast_handles_live_bytes{kind="NativeBuffer"}')).toBe(64)
    expect(samples.get('holdfast_handles_opened_total{kind="NativeBuffer"}')).toBeGreaterThan(0)
    expect(types['holdfast_handles_opened']).toBe('counter')
    expect(text).toMatch(/# EOF\n$/)
    registration.dispose()
    expect(register.getMetricsAsArray()).toEqual([])
  })

  it('can be read when the name of a kind needs escaping', async () => {
    class Odd extends FakeHandle {
      static kind = 'a "b" \\ c\nd'
    }
    using _registration = registerPrometheus(client)
    await using server = await MetricsServer.start(client.register)
    using _odd = new Odd(1)
    const { samples } = await server.scrape()
    expect(samples.get('holdfast_handles_live{kind="a \\"b\\" \\\\ c\\nd"}')).toBe(1)
  })
})

describe('registerPrometheus()', () => {
  it('takes the module in both of its forms', () => {
    for (const form of [client, namespace]) {
      using _registration = registerPrometheus(form)
      expect(client.register.getMetricsAsArray().map(({ name }) => name)).toEqual(NAMES)
    }
  })

  it('registers where it is told to, and nowhere else', () => {
    const register = new Registry()
    using _registration = registerPrometheus(client, { register })
    expect(register.getMetricsAsArray().map(({ name }) => name)).toEqual(NAMES)
    expect(client.register.getMetricsAsArray()).toEqual([])
  })

  it('refuses what is no prom-client, and what is no registry', () => {
    for (const wrong of [undefined, null, 5, 'prom-client', {}, new Registry(), { Gauge }]) {
      expect(() => registerPrometheus(anything(wrong))).toThrow(code('ERR_INVALID_ARG_TYPE'))
    }
    for (const wrong of [null, 5, {}, client]) {
      expect(() => registerPrometheus(client, { register: anything(wrong) })).toThrow(code('ERR_INVALID_ARG_TYPE'))
    }
    expect(() => registerPrometheus(client, anything(5))).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('throws when it is registered already, and what was stays', () => {
    using _registration = registerPrometheus(client)
    const before = client.register.getMetricsAsArray()
    expect(() => registerPrometheus(client)).toThrow('holdfast_handles_live')
    expect(client.register.getMetricsAsArray()).toEqual(before)
  })

  it('registers nothing when the name of one metric is taken', () => {
    const taken = new Gauge({ name: 'holdfast_handles_disposed_total', help: 'of somebody else' })
    expect(() => registerPrometheus(client)).toThrow('holdfast_handles_disposed_total')
    expect(client.register.getMetricsAsArray()).toEqual([taken])
  })

  it('shows numbers of one moment in each scrape', async () => {
    using _registration = registerPrometheus(client)
    const { register } = client
    const opened = register.getSingleMetric('holdfast_handles_opened_total') as Counter
    // Between two metrics of one scrape another one opens a handle.
    register.removeSingleMetric('holdfast_handles_opened_total')
    const handles: FakeHandle[] = []
    new Gauge({ name: 'opens_handles', help: 'at each scrape', collect: () => void handles.push(new FakeHandle(1)) })
    register.registerMetric(opened)

    for (let scrape = 0; scrape < 2; scrape++) {
      const text = await register.metrics()
      const [live, disposed, finalized, all] = ['live', 'disposed_total', 'finalized_total', 'opened_total'].map(
        (name) => numberIn(text, `holdfast_handles_${name}`),
      ) as [number, number, number, number]
      expect(all).toBe(live + disposed + finalized)
    }
    expect(handles).toHaveLength(2)
    for (const handle of handles) handle.dispose()
  })

  it('never shows numbers of an earlier scrape', async () => {
    using _registration = registerPrometheus(client)
    const { register } = client
    using _first = new FakeHandle(1)
    const live = liveHandles(FakeHandle)
    const scrape = register.metrics()
    using _second = new FakeHandle(2)
    const inTheSameTurn = register.metrics()
    expect(numberIn(await scrape, 'holdfast_handles_live')).toBe(live)
    expect(numberIn(await inTheSameTurn, 'holdfast_handles_live')).toBe(live + 1)

    await register.getSingleMetricAsString('holdfast_handles_opened_total')
    using _third = new FakeHandle(3)
    const text = await register.getSingleMetricAsString('holdfast_handles_live')
    expect(numberIn(text, 'holdfast_handles_live')).toBe(live + 2)
  })

  it('is not put out by a reset of all metrics', async () => {
    using _registration = registerPrometheus(client)
    using _handle = new FakeHandle(1)
    const before = await client.register.getSingleMetricAsString('holdfast_handles_opened_total')
    client.register.resetMetrics()
    expect(await client.register.getSingleMetricAsString('holdfast_handles_opened_total')).toBe(before)
  })
})

describe('The registration', () => {
  it('takes its metrics out when it is disposed, once and for all', async () => {
    const kept = new Gauge({ name: 'of_the_program', help: 'stays' })
    const registration = registerPrometheus(client)
    await using server = await MetricsServer.start(client.register)
    expect((await server.scrape()).text).toContain('holdfast_')
    registration.dispose()
    registration.dispose()
    registration[Symbol.dispose]()
    expect((await server.scrape()).text).not.toContain('holdfast_')
    expect(client.register.getMetricsAsArray()).toEqual([kept])
    using _again = registerPrometheus(client)
    expect((await server.scrape()).types).toMatchObject(TYPES)
  })

  it('leaves metrics alone that somebody registered after it', () => {
    const first = registerPrometheus(client)
    client.register.clear()
    using _second = registerPrometheus(client)
    first.dispose()
    expect(client.register.getMetricsAsArray().map(({ name }) => name)).toEqual(NAMES)
  })
})
