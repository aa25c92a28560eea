import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { SecretBuffer } from 'holdfast'

writeFileSync('key.bin', Buffer.alloc(32, 7))
const message = 'a message'
