import { suite as collectors } from './collectors.js'
import { suite as core } from './core.js'
import { suite as hosting } from './hosting.js'
import { suite as resources } from './resources.js'
import type { Suite } from './suite.js'
import { suite as tracking } from './tracking.js'

/** In the order in which they are measured and reported. Each lies in a file of its name, for who needs that one only. */
export const SUITES: Readonly<Record<string, Suite>> = { core, collectors, resources, tracking, hosting }
