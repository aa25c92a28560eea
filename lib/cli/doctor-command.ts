import { totalmem } from 'node:os'
import { formatBytes } from '../format-bytes.js'
import { ExitCode } from './command-error.js'
import { describeRuntime, PACKAGE_ROOT, VERSION } from './package-info.js'
import { painter } from './terminal.js'
import { formatCount, formatTable } from './text.js'

/** A question about this machine and its answer. */
type Finding = [question: string, answer: string]

/** Whether the library works here, and with what. */
export async function doctor(): Promise<number> {
  const paint = painter(process.stdout)
  const print = (findings: Finding[]) => {
    for (const line of formatTable([{ title: '' }, { title: '' }], findings).slice(1)) console.log(line)
  }
  const about: Finding[] = [
    ['holdfast', `${VERSION}, ${PACKAGE_ROOT}`],
    ['runtime', describeRuntime()],
    ['Node-API', String(process.versions['napi'])],
  ]
  try {
    const { native, addonFile } = await import('../binding.js')
    const { GC } = await import('../gc.js')
    const { externalBuffersRefused } = await import('../resources/external-buffers.js')
    const { tracking } = await import('../tracking/index.js')
    print([
      ...about,
      ['addon', addonFile],
      ['garbage collector', GC.canCollect ? 'can be made to collect' : 'cannot be made to collect: use --expose-gc'],
      [
        'external memory',
        externalBuffersRefused()
          ? 'the runtime refuses ArrayBuffers over native memory: viewed memory is its own'
          : 'the runtime takes ArrayBuffers over native memory',
      ],
      ['memory ceiling', describeCeiling(GC.totalAvailableMemory)],
      ['descriptors', `${formatCount(native.descriptorLimit())} at most`],
      ['tracking level', tracking.level],
    ])
    console.log(paint('green', 'The addon loads: everything should work here.'))
    return ExitCode.fine
  } catch (error) {
    print(about)
    console.log(paint('red', 'The addon does not load:'))
    console.log((error as Error).message)
    return ExitCode.foundSomething
  }
}

function describeCeiling(bytes: number): string {
  const isMachine = bytes === totalmem()
  return `${formatBytes(bytes)}, ${isMachine ? 'what the machine has' : 'set for the process or its container'}`
}
