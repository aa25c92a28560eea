import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { exportProfile } from '../../../lib/profiles/index.js'
import { empty, example, frame, recordingOf, site } from './recordings.js'
import { importInSpeedscope, RELEASE, weightsIn } from './speedscope-importer.js'

const contentsOf = (recording = example) => exportProfile(recording, 'speedscope') as string
const open = (recording = example) => importInSpeedscope('example.speedscope', contentsOf(recording))

const PROFILES = ['live bytes', 'live handles', 'leaked bytes', 'leaked handles', 'opened bytes', 'opened handles']

function problemsOf(contents: string): unknown {
  const ajv = new Ajv({ strict: false })
  const validate = ajv.compile(JSON.parse(readFileSync(join(RELEASE, 'file-format-schema.json'), 'utf8')))
  return validate(JSON.parse(contents)) ? undefined : validate.errors
}

describe('A speedscope file', () => {
  it('follows the schema of speedscope', () => {
    expect(problemsOf(contentsOf())).toBeUndefined()
    expect(problemsOf(contentsOf(empty))).toBeUndefined()
    expect(problemsOf(contentsOf().replace('"unit":"bytes"', '"unit":"pounds"'))).toBeDefined()
  })

  it('has a profile for each measure, with the totals of the recording', async () => {
    const { name, profiles } = await open()
    expect(name).toBe('/srv/app.js --port 80')
    expect(profiles.map((profile) => profile.getName())).toEqual(PROFILES)
    const { live, liveBytes, finalized, opened } = example.total
    const openedBytes = 10 * 4096 + 32 + 500 + 64
    const totals = [liveBytes, live, 4096, finalized, openedBytes, opened]
    expect(profiles.map((profile) => profile.getTotalWeight())).toEqual(totals)
    expect(profiles.map((profile) => profile.getWeightUnit())).toEqual([
      'bytes',
      'none',
      'bytes',
      'none',
      'bytes',
      'none',
    ])
  })

  it('has the kind outermost and the line of the call innermost, counted from 1', async () => {
    const { profiles } = await open()
    const outer = '(anonymous server.js:31) /srv/lib/server.js:31:3 > handle /srv/app.js:20:5'
    const [liveBytes, , , leakedHandles] = profiles.map(weightsIn)
    expect(liveBytes).toEqual({
      [`NativeBuffer > ${outer} > upload /srv/app.js:14:18`]: 3 * 4096,
      [`SecretBuffer > ${outer} > upload /srv/app.js:14:18`]: 32,
      'NativeBuffer > (no stack)': 200,
    })
    const recursion = 'walk /srv/app.js:9:1 > walk /srv/app.js:9:1 > walk /srv/app.js:8:1'
    expect(leakedHandles).toEqual({
      [`NativeBuffer > ${outer} > upload /srv/app.js:14:18`]: 1,
      [`SafeDirectoryHandle > ${outer} > ${recursion}`]: 2,
    })
  })

  it('opens at the first profile that has anything to show', async () => {
    const shownFirst = async (totals: object) => {
      const { profiles, indexToView } = await open(recordingOf([site([frame('f', 1)], totals)]))
      return profiles[indexToView]?.getName()
    }
    expect(await shownFirst({ opened: 1, openedBytes: 8, live: 1, liveBytes: 8 })).toBe('live bytes')
    expect(await shownFirst({ opened: 1, live: 1 })).toBe('live handles')
    expect(await shownFirst({ opened: 1, openedBytes: 8, finalized: 1, finalizedBytes: 8 })).toBe('leaked bytes')
    expect(await shownFirst({ opened: 1, openedBytes: 8, disposed: 1 })).toBe('opened bytes')
  })

  it('is valid when nothing was opened', async () => {
    const { profiles, indexToView } = await open(empty)
    expect(indexToView).toBe(0)
    expect(profiles.map(weightsIn)).toEqual(PROFILES.map(() => ({})))
  })
})
