import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { fuzz, removeFiles } from '../../fuzz/recording-reader.js'

const corpus = new URL('../../fuzz/corpus/recording-reader/', import.meta.url)

// What fuzzing has found, and where it begins: npm run fuzz.
describe('the reader of recordings', () => {
  afterAll(removeFiles)

  it.each(readdirSync(corpus))('reads what is in %s, or says that it is no recording', (name) => {
    expect(() => fuzz(readFileSync(new URL(name, corpus)))).not.toThrow()
  })
})
