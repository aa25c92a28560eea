import { describe, expect, it } from 'vitest'
import { exportProfile } from '../../../lib/profiles/index.js'
import { decodePprof } from './pprof-decoder.js'
import { empty, example, recordingOf, site } from './recordings.js'
import { importInSpeedscope, weightsIn } from './speedscope-importer.js'

const contentsOf = (recording = example) => exportProfile(recording, 'pprof') as Uint8Array
const decode = (recording = example) => decodePprof(contentsOf(recording))

const SAMPLE_TYPES = [
  'live_objects/count',
  'live_space/bytes',
  'opened_objects/count',
  'opened_space/bytes',
  'leaked_objects/count',
  'leaked_space/bytes',
]

describe('A pprof profile', () => {
  it('weighs sites by handles and bytes, and shows live bytes unless asked for others', () => {
    const { sampleTypes, defaultSampleType, period } = decode()
    expect(sampleTypes).toEqual(SAMPLE_TYPES)
    expect(defaultSampleType).toBe('live_space')
    expect(period).toBe('1 space/bytes')
  })

  it('has a sample for each site, innermost frame first, with lines and columns from 1', () => {
    const [upload] = decode().samples
    expect(upload).toEqual({
      stack: [
        'upload /srv/app.js:14:18',
        'handle /srv/app.js:20:5',
        '(anonymous server.js:31) /srv/lib/server.js:31:3',
      ],
      values: Object.fromEntries(SAMPLE_TYPES.map((type, index) => [type, [3, 12288, 10, 40960, 1, 4096][index]])),
      labels: { kind: 'NativeBuffer' },
    })
    expect(decode().samples).toHaveLength(example.sites.length)
  })

  it('adds up to the totals of the recording', () => {
    const { samples } = decode()
    const sum = (type: string) => samples.reduce((before, { values }) => before + (values[type] as number), 0)
    const { live, liveBytes, opened, finalized } = example.total
    expect(sum('live_objects/count')).toBe(live)
    expect(sum('live_space/bytes')).toBe(liveBytes)
    expect(sum('opened_objects/count')).toBe(opened)
    expect(sum('leaked_objects/count')).toBe(finalized)
  })

  it('says that a stack is missing, and at which level', () => {
    const stackAt = (level: string) => decode(recordingOf([site([], { opened: 1 })], { level })).samples[0]?.stack
    expect(stackAt('counts')).toEqual(['(no stack recorded at level counts)'])
    expect(stackAt('sampled')).toEqual(['(no stack recorded: at level sampled one handle in 128 has one)'])
    expect(stackAt('full')).toEqual(['(no stack)'])
  })

  it('names the program, the start, the duration and what is missing', () => {
    const { program, startedAt, milliseconds, comments } = decode()
    expect({ program, startedAt, milliseconds }).toEqual({
      program: '/srv/app.js',
      startedAt: example.header.startedAt,
      milliseconds: 2500,
    })
    expect(comments).toEqual(['/srv/app.js --port 80', 'holdfast 1.2.3, level full', 'node v20.20.2 linux-x64'])
    expect(decode(empty).comments).toContain('The recording was cut off.')
  })

  it('names no program where the recording does not', () => {
    expect(decode(recordingOf([], { command: [] })).program).toBe('')
  })

  it('lasts as long as a recording without an end goes', () => {
    const timeline = { at: [0, 40, 1250], rss: [1, 1, 1], kinds: {} }
    expect(decode({ ...example, end: undefined, timeline }).milliseconds).toBe(1250)
    expect(decode(empty).milliseconds).toBe(0)
  })

  it('shows live bytes in speedscope', async () => {
    const { profiles } = await importInSpeedscope('example.pprof', contentsOf())
    const outer = '(anonymous server.js:31) /srv/lib/server.js:31 > handle /srv/app.js:20'
    expect(profiles.map(weightsIn)).toEqual([
      { [`${outer} > upload /srv/app.js:14`]: 3 * 4096 + 32, '(no stack)': 200 },
    ])
    expect(profiles[0]?.getWeightUnit()).toBe('bytes')
  })

  it('is valid when nothing was opened', async () => {
    expect(decode(empty)).toMatchObject({ sampleTypes: SAMPLE_TYPES, samples: [] })
    const { profiles } = await importInSpeedscope('empty.pprof', contentsOf(empty))
    expect(profiles.map((profile) => profile.getTotalWeight())).toEqual([0])
  })
})
