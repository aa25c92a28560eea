// Files that look like an addon for some machine at their beginning, which is all that can be told before loading.

const PROCESSORS = {
  elf: { x64: 0x3e, arm64: 0xb7 },
  machO: { x64: 0x01000007, arm64: 0x0100000c },
  pe: { x64: 0x8664, arm64: 0xaa64 },
}
const SIZE = 256

/** `linux`, `darwin` or `win32`, and a processor: a file as a compiler for it would make. */
export function standInAddon(platform: string, arch: 'x64' | 'arm64'): Buffer {
  const bytes = Buffer.alloc(SIZE)
  if (platform === 'linux') {
    bytes.writeUInt32BE(0x7f454c46, 0)
    bytes.writeUInt16LE(PROCESSORS.elf[arch], 18)
    bytes.writeBigUInt64LE(BigInt(SIZE - 64), 40) // where the table of sections begins: one of 64 bytes
    bytes.writeUInt16LE(64, 58)
    bytes.writeUInt16LE(1, 60)
  } else if (platform === 'darwin') {
    bytes.writeUInt32LE(0xfeedfacf, 0)
    bytes.writeUInt32LE(PROCESSORS.machO[arch], 4)
  } else {
    bytes.write('MZ')
    bytes.writeUInt32LE(128, 60) // where the header proper begins
    bytes.write('PE', 128)
    bytes.writeUInt16LE(PROCESSORS.pe[arch], 132)
  }
  return bytes
}
