import { readFileSync } from 'node:fs'
import { MappedFile } from 'holdfast'
import { betweenSamples } from '../../contest.js'
import type { Progress, Question, Trial } from '../../question.js'
import { type Contestant, interleaved } from '../../rounds.js'
import { scratchFile } from './scratch-file.js'

const BYTES = 2 ** 24

function sum(bytes: Buffer): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  let total = 0
  for (let index = 0; index < words.length; index++) total = (total + (words[index] as number)) | 0
  return total
}

function contestants(path: string): Contestant[] {
  return [
    {
      name: 'MappedFile',
      prepare: () => (count) => {
        let total = 0
        for (let done = 0; done < count; done++) {
          const file = MappedFile.open(path, { populate: true })
          total += sum(file.bytes)
          file.dispose()
        }
        return total
      },
    },
    {
      name: 'fs.readFileSync',
      prepare: () => (count) => {
        let total = 0
        for (let done = 0; done < count; done++) total += sum(readFileSync(path))
        return total
      },
    },
  ]
}

const TRIAL = '16 MiB, every word'

const trial: Trial = {
  name: TRIAL,
  run: (progress: Progress, keep) => interleaved(TRIAL, contestants(scratchFile(BYTES).path)).run(progress, keep),
}

export const wholeFile: Question = {
  id: 'whole-file',
  title: 'A whole file, once',
  note: 'Open, add up every word, close. `MappedFile` with `populate`. The file is in the page cache.',
  trials: [trial],
  contest: betweenSamples('MappedFile'),
  measures: [{ label: 'against fs.readFileSync', trial: TRIAL, of: 'MappedFile', against: 'fs.readFileSync' }],
}
