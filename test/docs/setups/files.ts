import { mkdirSync, writeFileSync } from 'node:fs'
import { HandleCollector, NativeBuffer, SafeDirectoryHandle, SafeFileHandle } from 'holdfast'

writeFileSync('records.bin', Buffer.alloc(16 * 4096, 1))
mkdirSync('photos')
writeFileSync('photos/first.jpg', '')

const show = (name: string) => name
