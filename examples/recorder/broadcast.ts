// Asynchronous work that outlives the scope it uses services of: the mistake, and two ways in which it cannot happen.
import { liveHandles } from 'holdfast'
import type { ServiceProvider } from 'holdfast/hosting'
import { Broadcaster } from './broadcaster.js'
import { Recorder } from './recorder.js'
import { recorderServices } from './services.js'
import { readSettings } from './settings.js'

const SUBSCRIBERS = ['the display', 'the website', 'the archive']

async function untracked(provider: ServiceProvider): Promise<string[]> {
  const operations: Promise<string>[] = []
  {
    using scope = provider.createScope()
    for (const subscriber of SUBSCRIBERS) operations.push(scope.get(Broadcaster).broadcast(subscriber))
    // Wrong: the scope ends here, and the connection with it, while all three are on their way.
  }
  return Promise.all(operations)
}

/** The same mistake, where the scope knows of the work: it refuses to end. */
async function refused(provider: ServiceProvider): Promise<string[]> {
  const operations: Promise<string>[] = []
  const scope = provider.createScope()
  for (const subscriber of SUBSCRIBERS) {
    operations.push(scope.track(scope.get(Broadcaster).broadcast(subscriber), `broadcast to ${subscriber}`))
  }
  try {
    scope.dispose()
  } catch (error) {
    console.log(`  ${error}`)
  }
  const told = await Promise.all(operations)
  scope.dispose()
  return told
}

/** And where it can wait, it does. */
async function awaited(provider: ServiceProvider): Promise<string[]> {
  const told: string[] = []
  await provider.run((services) => {
    const broadcaster = services.get(Broadcaster)
    for (const subscriber of SUBSCRIBERS) {
      services.track(broadcaster.broadcast(subscriber).then((message) => told.push(message)))
    }
  })
  return told
}

const provider = recorderServices(readSettings()).addScoped(Broadcaster).build()
try {
  await provider.run((services) => services.get(Recorder).record(new AbortController().signal))
  for (const attempt of [untracked, refused, awaited]) {
    console.log(`${attempt.name}:`)
    try {
      for (const message of await attempt(provider)) console.log(`  ${message}`)
    } catch (error) {
      console.log(`  ${error}`)
    }
  }
} finally {
  await provider.disposeAsync()
}
console.log(`Left open: ${liveHandles()} handles.`)
