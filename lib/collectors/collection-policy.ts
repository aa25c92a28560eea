/** Decides when a `HandleCollector` makes the engine collect. */
export interface CollectionPolicy {
  /** The count past which it thinks of a collection next. */
  readonly threshold: number
  /** How many collections it has forced. */
  readonly collections: number
  /** One more handle is open; others may have been closed where no JavaScript runs. */
  onGrown(): void
  /** Handles were closed: so many by the program, and perhaps others where no JavaScript runs. */
  onShrunk(closedByProgram: number): void
  /** Makes the engine collect whatever it costs: the count is at its limit. */
  collectAtLimit(): void
}

/** What a policy is told of the collector that asks it. */
export interface Counted {
  readonly count: number
  readonly initialThreshold: number
}
