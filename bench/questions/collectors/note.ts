export const COLLECTORS_NOTE = `Who decides when to force a garbage collection, so that handles which nobody disposed come back?

- *none*: nobody. What the engine finds dead by itself is released.
- *classic*: \`new HandleCollector(name, 1000, max, { policy: 'classic' })\`, the algorithm of .NET.
- *adaptive*: the same with \`policy: 'adaptive'\`. It may spend a tenth of the run time (\`maxCollectionShare\`); for
  the curve also other shares.
- *timer*: \`GC.collect()\` 50 ms or 500 ms after the last one has ended. Discouraged, a yardstick.

Every workload runs on a small heap and beside 500 MB of small objects, which make a major collection slow. The
work is the same under every policy, with the same random numbers: each handle comes with about 8 µs of it, beside
500 MB with 24 µs, so that runs are long enough for a tenth of their time to pay for several collections; and the
event loop turns every 1.5 ms. Each run has a process of its own; policies take turns in an order that rotates, and
the median of the runs counts.

Forced collections are timed around the engine's own collector, through which every policy goes; what the engine
does by itself and the sweep for dead handles are in the total time only. (The times are those that
\`node:perf_hooks\` tells of forced collections, to within 0.1 ms.) Reachable handles are known exactly. *Peak over
reachable* compares live handles with \`max(reachable, 1000)\` at each open and takes the worst; *most unreachable* is
the largest difference between the two; *overall peak* compares the most live handles with the most that could ever be
reached.

Where classic spends at most a tenth of its time, the peaks are compared as they are. Where it spends more, they are
compared at equal share: the curve of adaptive with limits of 2, 5, 10, 15, 20, 30, 50, 80 and 90 %, over the share
that it really spent, is interpolated (on logarithmic scales) at the share that the other policy spent, or taken at its end when that lies beyond it.`
