import { ScopedBackgroundService, type ServiceProvider } from 'holdfast/hosting'
import { Progress } from './progress.js'
import { Recorder } from './recorder.js'
import { RecorderSettings } from './settings.js'

/** Records a reading each time. The services of an iteration are disposed of at its end, since it has its own scope. */
export class RecordingService extends ScopedBackgroundService {
  static readonly inject = [RecorderSettings, Progress] as const
  override readonly interval: number
  readonly #progress: Progress

  constructor({ interval }: RecorderSettings, progress: Progress) {
    super()
    this.interval = interval
    this.#progress = progress
  }

  protected override async iterate(services: ServiceProvider, signal: AbortSignal): Promise<void> {
    await services.get(Recorder).record(signal)
    this.#progress.note()
  }
}
