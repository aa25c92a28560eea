// What a plot shows, in terms that no plotting library knows. plot-svg.ts draws it.

export interface Axis {
  readonly title: string
  readonly scale?: 'linear' | 'logarithmic'
  readonly min?: number
  readonly max?: number
}

export interface Line {
  readonly name: string
  readonly color: string
  /** `'area'`: filled down to the axis; `'points'`: not joined. Default `'line'` */
  readonly style?: 'line' | 'area' | 'points'
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Panel {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

export interface Plot {
  readonly title: string
  /** For those who cannot see it. */
  readonly description: string
  /** From the top down; the panels of a row share its width. */
  readonly rows: readonly (readonly Panel[])[]
}
