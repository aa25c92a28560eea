import type { Recording, SiteTotals } from '../recording/recording.js'
import { leaked, live, type Measure, opened } from './measures.js'
import { Numbering } from './numbering.js'
import { keyOf, kindAndStackOf, labelOf, type PathFrame, titleOf } from './site-path.js'

// The file format of speedscope: https://www.speedscope.app/file-format-schema.json

interface Frame {
  name: string
  file?: string
  line?: number
  col?: number
}

interface SampledProfile {
  type: 'sampled'
  name: string
  unit: 'bytes' | 'none'
  startValue: 0
  endValue: number
  /** Numbers of frames, outermost first. */
  samples: (readonly number[])[]
  weights: number[]
}

/** A profile for each measure. Opens at the first that has anything to show. */
export function toSpeedscope(recording: Recording): string {
  const frames = new Numbering<Frame>(0)
  const stacks = recording.sites.map((site) =>
    kindAndStackOf(site, recording.header).map((frame) => frames.numberOf(keyOf(frame), () => describe(frame))),
  )
  const profiles = [live, leaked, opened].flatMap((measure) => profilesOf(measure, recording.sites, stacks))
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    version: recording.header.library,
    exporter: `holdfast@${recording.header.library}`,
    name: titleOf(recording),
    activeProfileIndex: Math.max(
      profiles.findIndex(({ endValue }) => endValue > 0),
      0,
    ),
    shared: { frames: frames.values },
    profiles,
  })
}

function describe(frame: PathFrame): Frame {
  const name = labelOf(frame)
  if (frame.place === undefined) return { name }
  const { file, line, column } = frame.place
  return { name, file, line, col: column }
}

type Stacks = readonly (readonly number[])[]

function profilesOf(measure: Measure, sites: readonly SiteTotals[], stacks: Stacks): SampledProfile[] {
  return [
    profileOf(`${measure.name} bytes`, 'bytes', sites.map(measure.bytesOf), stacks),
    profileOf(`${measure.name} handles`, 'none', sites.map(measure.handlesOf), stacks),
  ]
}

function profileOf(
  name: string,
  unit: SampledProfile['unit'],
  weightOfEach: readonly number[],
  stacks: Stacks,
): SampledProfile {
  const isShown = (_: unknown, index: number) => (weightOfEach[index] as number) > 0
  const weights = weightOfEach.filter(isShown)
  const endValue = weights.reduce((sum, weight) => sum + weight, 0)
  return { type: 'sampled', name, unit, startValue: 0, endValue, samples: stacks.filter(isShown), weights }
}
