import { checkOptions, checkString, invalidType, unknownName } from '../validate.js'

/** Which handles are looked at. */
export interface HandleTrackingOptions {
  /** Kinds that are not looked at: for what is opened once and kept. Default none */
  readonly ignore?: readonly string[]
  /** The only kinds that are looked at. Default all */
  readonly kinds?: readonly string[]
}

const NAMES = ['ignore', 'kinds'] as const

/** Whether handles of a kind are looked at. */
export type HandleFilter = (kind: string) => boolean

/** @throws TypeError for options that are none, or have a name that is not known */
export function handleFilter(options: HandleTrackingOptions): HandleFilter {
  checkOptions('options', options)
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name as never)) throw unknownName('options', NAMES, name)
  }
  const ignore = kindsOf('options.ignore', options.ignore) ?? new Set()
  const kinds = kindsOf('options.kinds', options.kinds)
  return (kind) => !ignore.has(kind) && (kinds === undefined || kinds.has(kind))
}

function kindsOf(name: string, value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw invalidType(name, 'an array of the names of kinds', value)
  for (const [index, kind] of value.entries()) checkString(`${name}[${index}]`, kind)
  return new Set(value)
}
