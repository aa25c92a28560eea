import { ClassicPolicy } from './classic-policy.js'
import type { Counted } from './collection-policy.js'
export class AdaptivePolicy extends ClassicPolicy {
  constructor(counted: Counted, _share: number) {
    super(counted)
  }
}
