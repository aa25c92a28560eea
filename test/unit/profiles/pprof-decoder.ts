import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'

// Reads the format by its published field numbers, with nothing of what wrote it.

const SCHEMA = `
syntax = "proto3";
message Profile {
  repeated ValueType sampleType = 1;
  repeated Sample sample = 2;
  repeated Mapping mapping = 3;
  repeated Location location = 4;
  repeated Function function = 5;
  repeated string stringTable = 6;
  int64 dropFrames = 7;
  int64 keepFrames = 8;
  int64 timeNanos = 9;
  int64 durationNanos = 10;
  ValueType periodType = 11;
  int64 period = 12;
  repeated int64 comment = 13;
  int64 defaultSampleType = 14;
  int64 docUrl = 15;
}
message ValueType { int64 type = 1; int64 unit = 2; }
message Sample { repeated uint64 locationId = 1; repeated int64 value = 2; repeated Label label = 3; }
message Label { int64 key = 1; int64 str = 2; int64 num = 3; int64 numUnit = 4; }
message Mapping {
  uint64 id = 1;
  uint64 memoryStart = 2;
  uint64 memoryLimit = 3;
  uint64 fileOffset = 4;
  int64 filename = 5;
  int64 buildId = 6;
  bool hasFunctions = 7;
  bool hasFilenames = 8;
  bool hasLineNumbers = 9;
  bool hasInlineFrames = 10;
}
message Location { uint64 id = 1; uint64 mappingId = 2; uint64 address = 3; repeated Line line = 4; bool isFolded = 5; }
message Line { uint64 functionId = 1; int64 line = 2; int64 column = 3; }
message Function { uint64 id = 1; int64 name = 2; int64 systemName = 3; int64 filename = 4; int64 startLine = 5; }
`

interface ValueType {
  type: number
  unit: number
}

/** As it is in the file. Numbers are strings in the decoder's output where they may be larger than 2 ** 53. */
interface RawProfile {
  sampleType: ValueType[]
  sample: { locationId: number[]; value: number[]; label: { key: number; str: number }[] }[]
  mapping: { id: number; filename: number; hasFunctions: boolean; hasFilenames: boolean; hasLineNumbers: boolean }[]
  location: { id: number; mappingId: number; line: { functionId: number; line: number; column: number }[] }[]
  function: { id: number; name: number; systemName: number; filename: number }[]
  stringTable: string[]
  timeNanos: number
  durationNanos: number
  periodType: ValueType
  period: number
  comment: number[]
  defaultSampleType: number
}

export interface DecodedSample {
  /** Innermost first, as `name file:line:column`. */
  readonly stack: readonly string[]
  /** By type, such as `live_space/bytes`. */
  readonly values: Readonly<Record<string, number>>
  readonly labels: Readonly<Record<string, string>>
}

export interface DecodedProfile {
  readonly sampleTypes: readonly string[]
  readonly defaultSampleType: string
  readonly period: string
  readonly startedAt: number
  readonly milliseconds: number
  readonly comments: readonly string[]
  readonly program: string
  readonly samples: readonly DecodedSample[]
}

const profileType = protobuf.parse(SCHEMA).root.lookupType('Profile')

/** @throws when a reference leads nowhere, or an id is used twice */
export function decodePprof(contents: Uint8Array): DecodedProfile {
  const message = profileType.decode(gunzipSync(contents))
  const raw = profileType.toObject(message, { longs: Number, defaults: true }) as RawProfile
  if (raw.stringTable[0] !== '') throw new Error('The string table has to begin with the empty string.')
  const text = (index: number) => found(raw.stringTable[index], `string ${index}`)
  const nameOf = ({ type, unit }: ValueType) => `${text(type)}/${text(unit)}`
  const functions = byId(raw.function)
  const locations = byId(raw.location)
  const mappings = byId(raw.mapping)
  const sampleTypes = raw.sampleType.map(nameOf)

  const place = (id: number) => {
    const { line: lines, mappingId } = found(locations.get(id), `location ${id}`)
    found(mappings.get(mappingId), `mapping ${mappingId}`)
    const { functionId, line, column } = found(lines[0], `line of location ${id}`)
    const { name, filename } = found(functions.get(functionId), `function ${functionId}`)
    return filename === 0 ? text(name) : `${text(name)} ${text(filename)}:${line}:${column}`
  }
  return {
    sampleTypes,
    defaultSampleType: text(raw.defaultSampleType),
    period: `${raw.period} ${nameOf(raw.periodType)}`,
    startedAt: raw.timeNanos / 1e6,
    milliseconds: raw.durationNanos / 1e6,
    comments: raw.comment.map(text),
    program: text(found(raw.mapping[0], 'mapping').filename),
    samples: raw.sample.map(({ locationId, value, label }) => {
      if (value.length !== sampleTypes.length) throw new Error('A sample has to have a value of each type.')
      return {
        stack: locationId.map(place),
        values: Object.fromEntries(sampleTypes.map((type, index) => [type, value[index] as number])),
        labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
      }
    }),
  }
}

function byId<T extends { id: number }>(entries: readonly T[]): Map<number, T> {
  const map = new Map(entries.map((entry) => [entry.id, entry]))
  if (map.size !== entries.length || map.has(0)) throw new Error('Ids have to be unique, and not 0.')
  return map
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`There is no ${what}.`)
  return value
}
