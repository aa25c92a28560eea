import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportProfile, profileFormats } from '../../../lib/profiles/index.js'
import type { Recording, SiteTotals } from '../../../lib/recording/recording.js'
import { decodePprof } from './pprof-decoder.js'
import { anyRecording, example } from './recordings.js'
import { importInSpeedscope } from './speedscope-importer.js'

const code = (expected: string) => expect.objectContaining({ code: expected })

type Weight = 'live' | 'liveBytes' | 'finalized' | 'finalizedBytes' | 'opened' | 'openedBytes'

const sumOf = (sites: readonly SiteTotals[], weight: Weight) => sites.reduce((sum, site) => sum + site[weight], 0)

describe('exportProfile()', () => {
  it('knows three formats', () => {
    expect(profileFormats).toEqual(['heapprofile', 'pprof', 'speedscope'])
  })

  it('refuses a format that it does not know, and lists those it does', () => {
    expect(() => exportProfile(example, 'perf' as never)).toThrow(code('ERR_INVALID_ARG_VALUE'))
    expect(() => exportProfile(example, 'perf' as never)).toThrow("'heapprofile', 'pprof', 'speedscope'")
    expect(() => exportProfile(example, 1 as never)).toThrow(code('ERR_INVALID_ARG_TYPE'))
  })

  it('leaves the recording as it was', () => {
    const before = structuredClone(example)
    for (const format of profileFormats) exportProfile(example, format)
    expect(example).toEqual(before)
  })

  it('gives the same for the same', () => {
    for (const format of profileFormats) expect(exportProfile(example, format)).toEqual(exportProfile(example, format))
  })
})

describe('Of any recording', () => {
  const check = (property: (recording: Recording) => Promise<void> | void) =>
    fc.assert(fc.asyncProperty(anyRecording, async (recording) => property(recording)))

  it('a .heapprofile has all live bytes', () =>
    check(async (recording) => {
      const contents = exportProfile(recording, 'heapprofile')
      const { profiles } = await importInSpeedscope('any.heapprofile', contents)
      expect(profiles.map((profile) => profile.getTotalWeight())).toEqual([sumOf(recording.sites, 'liveBytes')])
    }))

  it('a pprof profile has every site, with its stack, kind and weights', () =>
    check((recording) => {
      const { samples } = decodePprof(exportProfile(recording, 'pprof') as Uint8Array)
      expect(samples.map(({ values }) => Object.values(values))).toEqual(
        recording.sites.map((site) => [
          site.live,
          site.liveBytes,
          site.opened,
          site.openedBytes,
          site.finalized,
          site.finalizedBytes,
        ]),
      )
      expect(samples.map(({ labels }) => labels['kind'])).toEqual(recording.sites.map(({ kind }) => kind))
      expect(samples.map(({ stack }) => stack.length)).toEqual(
        recording.sites.map(({ stack }) => Math.max(stack.length, 1)),
      )
    }))

  it('a speedscope file has all handles and bytes, live, leaked and opened', () =>
    check(async (recording) => {
      const { profiles } = await importInSpeedscope('any.speedscope', exportProfile(recording, 'speedscope'))
      const weights = ['liveBytes', 'live', 'finalizedBytes', 'finalized', 'openedBytes', 'opened'] as const
      expect(profiles.map((profile) => profile.getTotalWeight())).toEqual(
        weights.map((weight) => sumOf(recording.sites, weight)),
      )
    }))
})
