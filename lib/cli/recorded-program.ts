import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId, type Worker } from 'node:worker_threads'
import { FORMAT_VERSION } from '../recording/format.js'
import { Recorder } from '../recording/recorder.js'
import { RecordingFile } from '../recording/recording-file.js'
import { describeRuntime, VERSION } from './package-info.js'
import { defaultFileName, type RecordingSettings, SETTINGS_VARIABLE, snapshotFile } from './recording-settings.js'

// Loaded before the program, in each of its threads, by `holdfast run`. Threads know of the recording by the
// environment data of their parents, whatever they have for an environment.

interface ThreadSettings extends RecordingSettings {
  file: string
  startedAt: number
}

const ENVIRONMENT_DATA = 'holdfast:recording'

interface LeftHandles {
  writeLeftHandles(path: string): void
}

interface Tracking {
  level: string
  readonly sampleInterval: number
}

async function recordMainThread(): Promise<void> {
  const text = process.env[SETTINGS_VARIABLE]
  // The program sees nothing of it, and hands nothing on.
  delete process.env[SETTINGS_VARIABLE]
  if (text === undefined) return
  const settings = JSON.parse(text) as RecordingSettings
  if (settings.parent !== process.ppid) return
  const startedAt = performance.timeOrigin
  const file = resolve(settings.file ?? defaultFileName(process.pid))
  const tracking = await setLevel(settings)
  const recordingFile = RecordingFile.create(file, {
    version: FORMAT_VERSION,
    library: VERSION,
    runtime: describeRuntime(),
    pid: process.pid,
    command: [settings.script, ...process.argv.slice(2)],
    directory: process.cwd(),
    startedAt,
    level: tracking.level,
    sampleInterval: tracking.sampleInterval,
  })
  setEnvironmentData(ENVIRONMENT_DATA, { ...settings, file, startedAt } satisfies ThreadSettings)
  startRecorder(recordingFile, startedAt, await findHolders(settings, snapshotFile(file)))
}

/** What is to be done when the program ends, so that the command can say what holds what it leaves open. */
async function findHolders({ tracking, level, holders }: RecordingSettings, path: string): Promise<() => void> {
  if (!holders || level === 'off' || process.versions['bun'] !== undefined) return () => {}
  try {
    // Of the copy that the program uses: an older one has none.
    const { writeLeftHandles } = (await import(new URL('../holders/left-handles.js', tracking).href)) as LeftHandles
    return () => {
      try {
        writeLeftHandles(path)
      } catch {
        // There is no room for it, or the runtime writes no snapshots: nothing is said of holders then.
      }
    }
  } catch {
    return () => {}
  }
}

async function recordWorker(): Promise<void> {
  const settings = getEnvironmentData(ENVIRONMENT_DATA) as ThreadSettings | undefined
  if (settings === undefined) return
  await setLevel(settings)
  startRecorder(RecordingFile.join(settings.file), settings.startedAt)
}

async function setLevel({ tracking: url, level }: RecordingSettings): Promise<Tracking> {
  const { tracking } = (await import(url)) as { tracking: Tracking }
  tracking.level = level
  return tracking
}

function startRecorder(file: RecordingFile, startedAt: number, beforeEnd: () => void = () => {}): void {
  const recorder = new Recorder(file, { thread: threadId, startedAt, samplesMemory: isMainThread })
  recorder.start()
  // A thread that is terminated cannot say so itself.
  process.on('worker', (worker: Worker) => {
    const { threadId: thread } = worker
    worker.once('exit', () => recorder.threadEnded(thread))
  })
  aroundExit(
    () => {
      recorder.beginEnd()
      beforeEnd()
    },
    (exitCode) => {
      if (isMainThread) recorder.programEnded(exitCode)
      else recorder.threadEnded(threadId)
    },
  )
}

/**
 * Around all listeners of `exit`: what those of the program close is recorded, too. `after` is called twice,
 * since a listener can end the process at once.
 */
function aroundExit(before: () => void, after: (exitCode: number) => void): void {
  const emit = process.emit as (...args: unknown[]) => boolean
  const watched = function (this: unknown, ...args: unknown[]): boolean {
    if (args[0] !== 'exit') return emit.apply(this, args)
    const exitCode = () => Number(process.exitCode ?? args[1] ?? 0)
    before()
    if (isMainThread) after(exitCode())
    try {
      return emit.apply(this, args)
    } finally {
      after(exitCode())
    }
  }
  Object.defineProperty(process, 'emit', { value: watched, writable: true, configurable: true })
}

try {
  await (isMainThread ? recordMainThread() : recordWorker())
} catch (error) {
  // The program is not to suffer from it.
  process.emitWarning(`Nothing is recorded in this thread: ${(error as Error).message}`, {
    type: 'HoldfastWarning',
    code: 'HOLDFAST_RECORDING',
  })
}
