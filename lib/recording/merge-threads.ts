import type { BlockIndex, BlockPlace } from './block-index.js'
import { EventDecoder, type EventSink } from './event-decoder.js'
import { BlockType } from './format.js'

// Blocks of several threads lie in the file in the order in which they were written. What happened at the
// same time is brought together here, so that sums over all threads are those of the moment.

/** Tells of all events of a recording in the order of their times, with one block of each thread in memory. */
export function deliverEvents(index: BlockIndex, sink: EventSink): void {
  const decoders = new Map<number, EventDecoder>()
  // Clocks of threads differ by some microseconds: what a thread did it did before its end.
  const finish = (thread: number) => {
    const decoder = decoders.get(thread)
    if (decoder?.isDelivering === false) decoder.deliverUntil(Number.POSITIVE_INFINITY)
  }
  for (const [thread, places] of placesByThread(index.blocks)) {
    decoders.set(thread, new EventDecoder(thread, index, places, sink, finish))
  }
  deliverInOrder([...decoders.values()])
}

function deliverInOrder(decoders: EventDecoder[]): void {
  decoders.sort((a, b) => a.at - b.at)
  for (let first = decoders.shift(); first !== undefined; first = decoders.shift()) {
    first.deliverUntil(decoders[0]?.at ?? Number.POSITIVE_INFINITY)
    if (!first.isDone) insert(decoders, first)
  }
}

function insert(decoders: EventDecoder[], decoder: EventDecoder): void {
  const place = decoders.findIndex(({ at }) => at > decoder.at)
  if (place === -1) decoders.push(decoder)
  else decoders.splice(place, 0, decoder)
}

function placesByThread(blocks: readonly BlockPlace[]): Map<number, BlockPlace[]> {
  const places = new Map<number, BlockPlace[]>()
  for (const place of blocks) {
    if (place.type !== BlockType.events) continue
    const known = places.get(place.thread)
    if (known === undefined) places.set(place.thread, [place])
    else known.push(place)
  }
  return places
}
