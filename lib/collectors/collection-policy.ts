/** Decides when a `HandleCollector` makes the engine collect. */
export interface CollectionPolicy {
  /** The count past which `onThresholdPassed` is to be called. */
  readonly threshold: number
  /** How many collections it has forced. */
  readonly collections: number
  /** Handles were opened, and there are more of them than the threshold now. */
  onThresholdPassed(): void
  /** Handles were opened, and the threshold is not passed. */
  onGrown(): void
  /** Handles were closed. */
  onShrunk(): void
  /** Makes the engine collect whatever it costs: the count is at its limit. */
  collectAtLimit(): void
}

/** What a policy is told of the collector that asks it. */
export interface Counted {
  readonly count: number
  readonly initialThreshold: number
}
