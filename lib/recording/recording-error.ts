/** A file cannot be read as a recording. The message is one line, without the name of the file. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

export function damaged(offset: number): RecordingError {
  return new RecordingError(`the recording is damaged, ${offset} bytes from its start. Record again, or use a copy.`)
}
