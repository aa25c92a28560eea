import type { Machine } from './machine.js'
import { type FileStart, readStart } from './read-start.js'

// A file is looked at before it is loaded: the loader of glibc ends the process over one that was cut short, and what
// loaders say of a file for another machine ("invalid ELF header") helps nobody.

/** Why a file cannot be an addon for that machine; undefined: nothing is wrong with it at first sight. */
export function fileDefect(file: string, { platform, arch }: Machine): string | undefined {
  const start = readStart(file)
  const format = start.bytes.length < 64 ? undefined : formatOf(start.bytes)
  if (format === undefined) return start.size < 64 ? 'is cut short' : 'is not a native addon'
  const target = `${format.platform}-${format.archOf(start.bytes) ?? 'another processor'}`
  if (target !== `${platform}-${arch}`) return `is for ${target}`
  return format.isWhole?.(start) === false ? 'is cut short' : undefined
}

interface Format {
  readonly platform: string
  isThis(bytes: Buffer): boolean
  archOf(bytes: Buffer): string | undefined
  isWhole?(start: FileStart): boolean
}

const ELF: Format = {
  platform: 'linux',
  isThis: (bytes) => bytes.readUInt32BE(0) === 0x7f454c46,
  archOf: (bytes) => ({ 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' })[bytes.readUInt16LE(18)],
  // The table of sections is the last thing in it.
  isWhole: ({ bytes, size }) =>
    bytes.readBigUInt64LE(40) + BigInt(bytes.readUInt16LE(58) * bytes.readUInt16LE(60)) <= size,
}

const MACH_O: Format = {
  platform: 'darwin',
  isThis: (bytes) => bytes.readUInt32LE(0) === 0xfeedfacf,
  archOf: (bytes) => ({ 16777223: 'x64', 16777228: 'arm64' })[bytes.readUInt32LE(4)],
}

const PE: Format = {
  platform: 'win32',
  isThis: (bytes) => bytes.toString('latin1', 0, 2) === 'MZ',
  archOf(bytes) {
    const header = bytes.readUInt32LE(60)
    if (header + 6 > bytes.length) return undefined
    return { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }[bytes.readUInt16LE(header + 4)]
  },
}

function formatOf(bytes: Buffer): Format | undefined {
  return [ELF, MACH_O, PE].find((format) => format.isThis(bytes))
}
