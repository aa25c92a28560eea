import { liveHandles } from 'holdfast'
import { createHost, type ServiceCollection } from 'holdfast/hosting'
import { Progress } from './progress.js'
import type { RecorderSettings } from './settings.js'

/** Runs the hosted services until there were enough iterations, or the program is told to end. */
export async function runProgram(services: ServiceCollection, { rootTransients }: RecorderSettings): Promise<void> {
  const host = createHost(services, { rootTransients })
  const progress = host.services.get(Progress)
  // What may go wrong run() tells.
  progress.finished.then(() => host.stop()).catch(() => {})
  try {
    await host.run()
  } finally {
    const left = `${liveHandles()} handles, ${liveHandles('ServiceScope')} of them scopes`
    console.log(`${progress.iterations.toLocaleString('en')} iterations. Left open: ${left}.`)
  }
}
