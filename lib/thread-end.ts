let started = false
process.once('exit', () => {
  started = true
})

/** Whether this thread is ending: its `exit` event has been emitted, and no turn of its loop will follow. */
export function hasShutdownStarted(): boolean {
  return started
}
