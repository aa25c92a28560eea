// Records the readings of three sensors in a database, an iteration at a time.
import { runProgram } from './program.js'
import { RecordingService } from './recording-service.js'
import { recorderServices } from './services.js'
import { readSettings } from './settings.js'

const settings = readSettings()
await runProgram(recorderServices(settings).addHostedService(RecordingService), settings)
