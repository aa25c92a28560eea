import { writeFileSync } from 'node:fs'

writeFileSync('words.bin', 'words: holdfast')
writeFileSync('index.bin', Buffer.alloc(4096 + 65_536))
