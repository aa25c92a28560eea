// How labels are called in a snapshot. Apart from what writes them, since whoever reads them needs no handles.

/** The class of the object that refers to the handles; what finds it in a snapshot. */
export const LABELS_CLASS = 'HoldfastHandleLabels'
/** Its property that leads to the release table, which knows the finalizer states. */
export const RELEASE_TABLE = 'holdfast:releaseTable'

const PREFIX = 'holdfast:handle:'

export function propertyOf(label: string): string {
  return PREFIX + label
}

/** undefined for a property that is no label. */
export function labelIn(property: string): string | undefined {
  return property.startsWith(PREFIX) ? property.slice(PREFIX.length) : undefined
}
