import { fstatSync, readSync } from 'node:fs'
import { MappedFile } from 'holdfast'
import { betweenSamples } from '../../contest.js'
import { loadPackage } from '../../packages.js'
import type { Progress, Question, Trial } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'
import { scratchFile } from './scratch-file.js'

const RECORD = 4096
const GIB = 2 ** 30

interface Mmap {
  readonly PROT_READ: number
  readonly MAP_SHARED: number
  map(size: number, protection: number, flags: number, fd: number): Buffer
}

/** Reads a word of every 512 bytes: each record is looked at, and the way to it is what is measured. */
function lookAt(bytes: Buffer, start: number): number {
  let sum = 0
  for (let at = start; at < start + RECORD; at += 512) sum += bytes[at] as number
  return sum
}

function atRandom(records: number, read: (record: number) => number): (count: number) => number {
  let state = 1
  return (count) => {
    let sum = 0
    for (let done = 0; done < count; done++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      sum += read(Math.floor((state / 2 ** 32) * records))
    }
    return sum
  }
}

function contestants(path: string, fd: number): Contestant[] {
  const records = fstatSync(fd).size / RECORD
  return [
    {
      name: 'MappedFile',
      prepare: () => {
        const { bytes } = MappedFile.open(path, { advice: 'random' })
        return atRandom(records, (record) => lookAt(bytes, record * RECORD))
      },
    },
    {
      name: 'fs.readSync',
      prepare: () => {
        const buffer = Buffer.allocUnsafe(RECORD)
        return atRandom(records, (record) => {
          readSync(fd, buffer, 0, RECORD, record * RECORD)
          return lookAt(buffer, 0)
        })
      },
    },
    {
      name: 'mmap-io',
      prepare: () => {
        const mmap = loadPackage<Mmap>('@riaskov/mmap-io')
        const bytes = mmap.map(records * RECORD, mmap.PROT_READ, mmap.MAP_SHARED, fd)
        return atRandom(records, (record) => lookAt(bytes, record * RECORD))
      },
    },
  ]
}

const TRIAL = '4 KiB records of 1 GiB'

const trial: Trial = {
  name: TRIAL,
  run: (progress: Progress, keep) => {
    progress('writing a file of 1 GiB')
    const { path, fd } = scratchFile(GIB)
    return interleaved(TRIAL, contestants(path, fd)).run(progress, keep)
  },
}

export const mappedRecords: Question = {
  id: 'mapped-records',
  title: 'Records of a large file, at random',
  note:
    'A file of 1 GiB, in the page cache since it was written just before. Of each record 8 words are read. `fs.readSync` reads ' +
    'each into the same Buffer; the maps (`MappedFile`, and `@riaskov/mmap-io`, the living fork of mmap-io) take the page where ' +
    'it is. Pages that a map has not touched before are in its time.',
  trials: [trial],
  contest: betweenSamples('MappedFile'),
  measures: [
    {
      label: 'fs.readSync against MappedFile',
      trial: TRIAL,
      of: 'fs.readSync',
      against: 'MappedFile',
      bound: { atLeast: 8 },
    },
    { label: 'mmap-io against MappedFile', trial: TRIAL, of: 'mmap-io', against: 'MappedFile', better: 'more' },
  ],
}
