import { performance } from 'node:perf_hooks'
import { handleStatistics, NativeBuffer } from 'holdfast'
import { betweenTrials } from '../contest.js'
import { RegisteredBuffer } from '../peers.js'
import { peakResidentBytes } from '../process-memory.js'
import type { Question, Samples } from '../question.js'

const BUFFERS = 20_000
const BYTES = 2 ** 20
/** The peer frees nothing inside the loop; it would go on to 20 GiB. */
const PEER_STOPS_AT = 2 * 2 ** 30

const OPENED = 'buffers opened'

function samples(peakLiveBytes: number, milliseconds: number, buffers: number): Samples {
  return {
    'peak RSS': { unit: 'MB', values: [peakResidentBytes()] },
    'peak live native bytes': { unit: 'MB', values: [peakLiveBytes] },
    'time per buffer': { unit: 'time', values: [(milliseconds * 1e6) / buffers] },
    [OPENED]: { unit: 'count', values: [buffers] },
  }
}

function dropOurs(): Samples {
  const start = performance.now()
  for (let i = 0; i < BUFFERS; i++) new NativeBuffer(BYTES).bytes[i % BYTES] = 1
  const milliseconds = performance.now() - start
  return samples(handleStatistics().peakLiveBytes, milliseconds, BUFFERS)
}

function dropRegistered(): Samples {
  let buffers = 0
  const start = performance.now()
  for (; buffers < BUFFERS && buffers * BYTES < PEER_STOPS_AT; buffers++) {
    new RegisteredBuffer(BYTES).view(BYTES)[buffers % BYTES] = 1
  }
  // No turn of the event loop came, so no callback of the registry ran: all of it is live.
  return samples(buffers * BYTES, performance.now() - start, buffers)
}

const OURS = 'NativeBuffer'
const REGISTERED = 'FinalizationRegistry and external ArrayBuffers, stopped at 2 GiB'

export const droppedViewed: Question = {
  id: 'dropped-viewed',
  title: '20,000 buffers of 1 MiB, one byte written, dropped in a synchronous loop',
  note:
    'One byte is written through `bytes`; nothing is disposed and the loop never yields. Of the peer nothing is ' +
    'ever freed, so it is stopped at 2 GiB; its RSS stays small all the same, since of each block only the page ' +
    'written to is resident. `NativeBuffer` zeroes, which touches every page of memory that was used before.',
  onEveryRuntime: true,
  trials: [
    { name: OURS, run: dropOurs },
    { name: REGISTERED, run: dropRegistered },
  ],
  contest: (trial, sample) => (sample === OPENED ? undefined : betweenTrials(OURS)(trial, sample)),
  measures: [
    { label: 'peak RSS', trial: OURS, of: 'peak RSS', take: 'worst', bound: { atMost: 400e6 } },
    { label: 'peak live native bytes', trial: OURS, of: 'peak live native bytes', take: 'worst' },
    { label: 'live native bytes of the peer', trial: REGISTERED, of: 'peak live native bytes' },
  ],
}
