import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: each file has its own counters, and what it breaks it breaks alone.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Handles are dropped on purpose here. Tests of what is said of that set the level themselves.
    env: { HOLDFAST_TRACKING: 'off' },
  },
})
