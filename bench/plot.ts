// What a plot shows, in terms that no plotting library knows. plot-svg.ts draws it.

export interface Axis {
  readonly title: string
  readonly scale?: 'linear' | 'logarithmic'
  readonly min: number
  readonly max: number
  /** How a number of the axis is written. Default: thousands as `k` */
  readonly as?: 'percent'
}

export interface Line {
  readonly name: string
  readonly color: string
  /** `'area'`: filled down to the axis. Default `'line'` */
  readonly style?: 'line' | 'area' | 'dashed' | 'marked' | 'points'
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Panel {
  readonly title: string
  readonly x: Axis
  readonly lines: readonly Line[]
}

/** Panels side by side, with one scale for all of them. */
export interface Row {
  readonly title: string
  readonly y: Axis
  readonly panels: readonly Panel[]
}

export interface Plot {
  readonly title: string
  /** For those who cannot see it. */
  readonly description: string
  readonly rows: readonly Row[]
}
