// The recorder with the mistake that it is about: everything is taken from the root provider, which keeps it.
import { ScopedBackgroundService, ServiceProvider } from 'holdfast/hosting'
import { Connection } from 'holdfast-example-sqlite/connection.js'
import { runProgram } from './program.js'
import { Progress } from './progress.js'
import { openDatabase, ReadingStore } from './reading-store.js'
import { Recorder } from './recorder.js'
import { recorderServices } from './services.js'
import { RecorderSettings, readSettings } from './settings.js'

class LeakyRecordingService extends ScopedBackgroundService {
  static readonly inject = [RecorderSettings, Progress, ServiceProvider] as const
  override readonly interval: number
  readonly #progress: Progress
  readonly #services: ServiceProvider

  // A hosted service is a singleton, so the provider that it is given is the root.
  constructor({ interval }: RecorderSettings, progress: Progress, services: ServiceProvider) {
    super()
    this.interval = interval
    this.#progress = progress
    this.#services = services
  }

  protected override async iterate(_scoped: ServiceProvider, signal: AbortSignal): Promise<void> {
    // Wrong: the root disposes of what was taken from it when it is disposed itself, at the end of the program.
    await this.#services.get(Recorder).record(signal)
    this.#progress.note()
  }
}

const settings = readSettings()
const services = recorderServices(settings)
  // Scoped services the root would refuse. As transients they hide the mistake.
  .remove(Connection)
  .remove(ReadingStore)
  .addTransient(Connection, () => openDatabase(settings.database))
  .addTransient(ReadingStore)
  .addHostedService(LeakyRecordingService)
await runProgram(services, settings)
