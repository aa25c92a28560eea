import { gzipSync } from 'node:zlib'
import { durationOf } from '../recording/duration.js'
import type { Recording, SiteTotals } from '../recording/recording.js'
import { Profile, type ProfileInput, StringTable } from '../vendor/pprof-format.js'
import { leaked, live, opened } from './measures.js'
import { Numbering } from './numbering.js'
import { keyOf, labelOf, type PathFrame, stackOf, titleOf } from './site-path.js'

// https://github.com/google/pprof/blob/main/proto/profile.proto. Strings are numbers into a table there, and 0
// is both the empty string and "none".

type Input<Field extends keyof ProfileInput> = NonNullable<ProfileInput[Field]>
type ValueType = Input<'sampleType'>[number]
type FunctionInput = Input<'function'>[number]
type LocationInput = Input<'location'>[number]

const MEASURES = [live, opened, leaked]
const PROGRAM = 1

/** Handles and bytes, live, opened and leaked; the kind of the handles is a label. */
export function toPprof(recording: Recording): Uint8Array {
  const { header, sites } = recording
  const strings = new StringTable()
  const code = new CodeTables(strings)
  const profile = new Profile({
    stringTable: strings,
    sampleType: sampleTypes(strings),
    defaultSampleType: strings.dedup('live_space'),
    periodType: valueType('space', 'bytes', strings),
    period: 1,
    sample: sites.map((site) => ({
      // The innermost comes first.
      locationId: stackOf(site, header)
        .reverse()
        .map((frame) => code.locationOf(frame)),
      value: valuesOf(site),
      label: [{ key: strings.dedup('kind'), str: strings.dedup(site.kind) }],
    })),
    location: code.locations.values,
    function: code.functions.values,
    mapping: [programMapping(recording, strings)],
    comment: commentsOn(recording).map((text) => strings.dedup(text)),
    timeNanos: nanoseconds(header.startedAt),
    durationNanos: nanoseconds(durationOf(recording)),
  })
  return gzipSync(profile.encode())
}

function valueType(type: string, unit: string, strings: StringTable): ValueType {
  return { type: strings.dedup(type), unit: strings.dedup(unit) }
}

function sampleTypes(strings: StringTable): ValueType[] {
  return MEASURES.flatMap(({ name }) => [
    valueType(`${name}_objects`, 'count', strings),
    valueType(`${name}_space`, 'bytes', strings),
  ])
}

function valuesOf(site: SiteTotals): number[] {
  return MEASURES.flatMap((measure) => [measure.handlesOf(site), measure.bytesOf(site)])
}

/** Functions, and the lines in them. */
class CodeTables {
  readonly functions = new Numbering<FunctionInput>(1)
  readonly locations = new Numbering<LocationInput>(1)
  readonly #strings: StringTable

  constructor(strings: StringTable) {
    this.#strings = strings
  }

  locationOf(frame: PathFrame): number {
    return this.locations.numberOf(keyOf(frame), (id) => {
      const { line = 0, column = 0 } = frame.place ?? {}
      return { id, mappingId: PROGRAM, line: [{ functionId: this.#functionOf(frame), line, column }] }
    })
  }

  #functionOf(frame: PathFrame): number {
    const name = this.#strings.dedup(labelOf(frame))
    const filename = this.#strings.dedup(frame.place?.file ?? '')
    return this.functions.numberOf(`${name}:${filename}`, (id) => ({ id, name, systemName: name, filename }))
  }
}

/** Says that there is nothing to look up: every location has its function, file and line. */
function programMapping(recording: Recording, strings: StringTable): Input<'mapping'>[number] {
  return {
    id: PROGRAM,
    filename: strings.dedup(recording.header.command[0] ?? ''),
    hasFunctions: true,
    hasFilenames: true,
    hasLineNumbers: true,
  }
}

function commentsOn(recording: Recording): string[] {
  const { header, notes } = recording
  return [titleOf(recording), `holdfast ${header.library}, level ${header.level}`, header.runtime, ...notes]
}

/** Too large for a number: since the epoch, milliseconds have a fraction there. */
function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1e3)) * 1000n
}
