// What plots show, in terms that no plotting library knows. plot-svg.ts and dot-plot-svg.ts draw them.

import type { Unit } from './question.js'

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

/** The median of a sample. */
export interface Dot {
  readonly label: string
  readonly value: number
  /** What half of the rounds lie between. */
  readonly quartiles?: readonly [low: number, high: number]
  readonly isOurs: boolean
}

/** Dots that are compared. */
export interface DotGroup {
  readonly title: string
  readonly dots: readonly Dot[]
}

/** Groups one below the other, over one axis. */
export interface DotPanel {
  readonly axis: string
  readonly unit: Unit
  readonly scale: 'linear' | 'logarithmic'
  readonly groups: readonly DotGroup[]
}

export interface DotPlot {
  readonly title: string
  /** For those who cannot see it. */
  readonly description: string
  /** Whether anybody but Holdfast is in it. */
  readonly hasPeers: boolean
  readonly panels: readonly DotPanel[]
}
