// Numbers as bytes: seven bits in each, the lowest first, the eighth bit set where more follow. Small numbers,
// which differences mostly are, take one byte.

const CONTINUES = 0x80
/** Above it the operators on bits are no use. */
const MAX_BITWISE = 2 ** 31

/** Bytes that are written at the end, and grow. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** @param value an integer from 0 to `Number.MAX_SAFE_INTEGER`; what is none is written as 0 */
  number(value: number): void {
    this.#reserve(8)
    let rest = value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0
    while (rest >= MAX_BITWISE) {
      this.#bytes[this.#length++] = (rest % CONTINUES) | CONTINUES
      rest = Math.floor(rest / CONTINUES)
    }
    while (rest >= CONTINUES) {
      this.#bytes[this.#length++] = (rest & (CONTINUES - 1)) | CONTINUES
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** An integer of either sign: 0, −1, 1, −2, 2 … are written as 0, 1, 2, 3, 4 … */
  difference(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value)
  }

  text(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** What was written, valid until the next call. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Thrown when there is more to be read than there is, or a number that is none of ours. */
export class OutOfBytes extends Error {}

/** Larger ones are not exact; those that are not finite are no times that a loop would come to. */
function checked(value: number): number {
  if (!(value <= Number.MAX_SAFE_INTEGER)) throw new OutOfBytes()
  return value
}

export class ByteReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length
  }

  number(): number {
    let byte = this.#next()
    if (byte < CONTINUES) return byte
    let value = byte - CONTINUES
    for (let scale = CONTINUES; ; scale *= CONTINUES) {
      byte = this.#next()
      if (byte < CONTINUES) return checked(value + byte * scale)
      value = checked(value + (byte - CONTINUES) * scale)
    }
  }

  difference(): number {
    const value = this.number()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  text(length: number): string {
    const end = this.#position + length
    if (end > this.#bytes.length) throw new OutOfBytes()
    const text = this.#bytes.toString('utf8', this.#position, end)
    this.#position = end
    return text
  }

  #next(): number {
    const byte = this.#bytes[this.#position++]
    if (byte === undefined) throw new OutOfBytes()
    return byte
  }
}
