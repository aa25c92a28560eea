// Inputs made of other inputs, as libFuzzer does it.

const INTERESTING = [0, 1, 2, 3, 4, 5, 7, 8, 16, 32, 64, 127, 128, 255]

const TOKENS = ['null', '[]', '{}', '""', '-1', '1e999', 'true'].map((text) => Buffer.from(text))

/** Numbers from 0 to limit − 1, the same for the same seed. */
export function randomNumbers(seed) {
  let state = seed >>> 0 || 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

function insert(bytes, at, added) {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)])
}

function slice(bytes, below) {
  const start = below(bytes.length + 1)
  return bytes.subarray(start, start + below(Math.min(64, bytes.length - start) + 1))
}

const MUTATIONS = [
  (bytes, below) => change(bytes, below, (byte) => byte ^ (1 << below(8))),
  (bytes, below) => change(bytes, below, () => below(256)),
  (bytes, below) => change(bytes, below, () => INTERESTING[below(INTERESTING.length)]),
  (bytes, below) => change(bytes, below, (byte) => byte + below(9) - 4),
  (bytes, below) => {
    const start = below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + below(8))])
  },
  (bytes, below) => insert(bytes, below(bytes.length + 1), Buffer.from([below(256)])),
  (bytes, below) => insert(bytes, below(bytes.length + 1), Buffer.alloc(1 + below(200), below(2) * 255)),
  (bytes, below) => insert(bytes, below(bytes.length + 1), TOKENS[below(TOKENS.length)]),
  (bytes, below) => insert(bytes, below(bytes.length + 1), slice(bytes, below)),
  (bytes, below, other) => insert(bytes, below(bytes.length + 1), slice(other, below)),
  (bytes, below, other) => Buffer.concat([bytes.subarray(0, below(bytes.length + 1)), slice(other, below)]),
]

function change(bytes, below, of) {
  if (bytes.length === 0) return Buffer.from([below(256)])
  const at = below(bytes.length)
  const changed = Buffer.from(bytes)
  changed[at] = of(changed[at])
  return changed
}

/** A few changes at once. */
export function mutate(bytes, below, other, maxLength) {
  let mutated = bytes
  for (let count = 1 + below(4); count > 0; count--) {
    mutated = MUTATIONS[below(MUTATIONS.length)](mutated, below, other)
  }
  return mutated.subarray(0, maxLength)
}
