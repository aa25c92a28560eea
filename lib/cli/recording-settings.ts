// What `holdfast run` tells the program that it starts, by way of the environment.

export const SETTINGS_VARIABLE = 'HOLDFAST_RECORDING'

export interface RecordingSettings {
  /** The process id of the command: its own children inherit the variable, and are not meant. */
  parent: number
  /** Where to write; undefined: `holdfast-<pid>.hfrec` in the working directory. */
  file: string | undefined
  level: string
  /** Whether to find out what holds the handles that are left. */
  holders: boolean
  /** The module `holdfast/tracking` that the program uses, as a URL. */
  tracking: string
  /**
   * The program, as it was named. Its arguments are not repeated here: what a system takes for the environment may be
   * less than what it takes for arguments.
   */
  script: string
}

export function defaultFileName(pid: number): string {
  return `holdfast-${pid}.hfrec`
}

/** Where the program leaves the snapshot in which the command looks for what holds its handles. */
export function snapshotFile(recording: string): string {
  return `${recording}.heapsnapshot`
}
