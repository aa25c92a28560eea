import { SecretBuffer } from 'holdfast'
import { betweenSamples } from '../../contest.js'
import { loadPackage } from '../../packages.js'
import type { Measure, Question, Trial } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'

interface Sodium {
  sodium_malloc(byteLength: number): Buffer
  sodium_free(buffer: Buffer): void
}

/** How a library does it. The calls are dear enough that going through here does not show. */
interface SecureMemory<T> {
  readonly name: string
  open(byteLength: number): T
  fill(secret: T): void
  release(secret: T): void
}

const ours: SecureMemory<SecretBuffer> = {
  name: 'SecretBuffer',
  open: (byteLength) => new SecretBuffer(byteLength),
  fill: (secret) => void secret.use((bytes) => bytes.fill(1)),
  release: (secret) => secret.dispose(),
}

function sodiums(): SecureMemory<Buffer> {
  let sodium: Sodium | undefined
  return {
    name: 'sodium-native',
    open: (byteLength) => {
      sodium ??= loadPackage<Sodium>('sodium-native')
      return sodium.sodium_malloc(byteLength)
    },
    fill: (secret) => void secret.fill(1),
    release: (secret) => sodium?.sodium_free(secret),
  }
}

interface Use {
  readonly byteLength: number
  readonly atOnce: number
  readonly fill: boolean
}

function contestant<T>(memory: SecureMemory<T>, { byteLength, atOnce, fill }: Use): Contestant {
  const run = (count: number) => {
    const open: T[] = []
    for (let done = 0; done < count; done++) {
      const secret = memory.open(byteLength)
      if (fill) memory.fill(secret)
      open.push(secret)
      if (open.length < atOnce) continue
      for (const one of open) memory.release(one)
      open.length = 0
    }
    for (const one of open) memory.release(one)
    return count
  }
  return { name: memory.name, prepare: () => run }
}

function trial(name: string, use: Use): Trial {
  return interleaved(name, [contestant(ours, use), contestant(sodiums(), use)])
}

const SIZES = [
  [32, '32 B'],
  [4096, '4 KiB'],
] as const

// More than what is kept for the next one.
const MANY = 256

const USES = [
  // A kept piece needs no system call, so its ratio is what those of the other cost.
  { what: 'made and released', atOnce: 1, fill: false, unchecked: true },
  { what: 'made, filled and released', atOnce: 1, fill: true, unchecked: false },
  { what: `${MANY} at once`, atOnce: MANY, fill: false, unchecked: false },
] as const

const CASES = SIZES.flatMap(([byteLength, size]) =>
  USES.map(({ what, atOnce, fill, unchecked }) => {
    return { trial: trial(`${size}, ${what}`, { byteLength, atOnce, fill }), unchecked }
  }),
)

const trials: Trial[] = CASES.map(({ trial }) => trial)

const measures: Measure[] = CASES.map(({ trial: { name }, unchecked }) => ({
  label: name,
  trial: name,
  of: 'SecretBuffer',
  against: 'sodium-native',
  bound: { atMost: 1 },
  ...(unchecked && { unchecked }),
}))

export const secret: Question = {
  id: 'secret',
  title: 'Secure memory',
  note:
    '`new SecretBuffer(n)` and `dispose()` against `sodium_malloc(n)` and `sodium_free()` of sodium-native: both map ' +
    'pages between guards, lock them, keep them out of core dumps and wipe them. `SecretBuffer` protects the pages ' +
    'whenever they are not in use, wipes them in forked processes, and keeps up to 16 pieces, wiped, for the next ' +
    `secret; with ${MANY} at once most are mapped anew. Filling is \`use((bytes) => bytes.fill(1))\`, which opens and ` +
    'protects the pages, against `fill(1)`, which is all that sodium-native needs.',
  trials,
  contest: betweenSamples('SecretBuffer'),
  measures,
}
