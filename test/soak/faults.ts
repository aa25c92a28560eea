import { MappedFile, NativeBuffer, SafeFileHandle, SharedMemory } from 'holdfast'

// What the checks have to find. Each is planted once in each lap, on request: a check that finds nothing proves
// nothing.

interface Place {
  readonly folder: string
  readonly name: string
}

const kept: unknown[] = []

export const FAULTS: Readonly<Record<string, (place: Place) => void>> = {
  'kept handle': () => void kept.push(new NativeBuffer(100)),
  'left descriptor': ({ folder }) => SafeFileHandle.open(`${folder}/data`).setHandleAsInvalid(),
  'left map': ({ folder }) => MappedFile.open(`${folder}/data`).setHandleAsInvalid(),
  'left name': ({ name }) => SharedMemory.create(`${name}-left-${kept.push(0)}`, 1).setHandleAsInvalid(),
  'kept memory': () => void kept.push(Buffer.alloc(16 * 2 ** 20, 1)),
  warning: () => process.emitWarning('planted'),
  crash: () => process.abort(),
  hang: () => {
    for (;;);
  },
}
