import { createToken } from '../../../lib/hosting/index.js'

/** What was made and disposed of, in order. */
export class Journal {
  readonly made: string[] = []
  readonly disposed: string[] = []
}

export const Log = createToken<Journal>('Log')

/** A service that writes down its disposal, under a name of its own. */
export class Tracked implements Disposable {
  readonly name: string
  readonly #journal: Journal

  constructor(name: string, journal: Journal) {
    this.name = name
    this.#journal = journal
    journal.made.push(name)
  }

  [Symbol.dispose](): void {
    this.#journal.disposed.push(this.name)
  }
}

/** The same for one that can be disposed of asynchronously only. */
export class AsyncTracked implements AsyncDisposable {
  readonly name: string
  readonly #journal: Journal
  readonly #wait: Promise<void> | undefined

  constructor(name: string, journal: Journal, wait?: Promise<void>) {
    this.name = name
    this.#journal = journal
    this.#wait = wait
    journal.made.push(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wait
    this.#journal.disposed.push(this.name)
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** What `body` throws, or the promise that it returns rejects with. */
export function thrownBy(body: () => unknown): any {
  try {
    body()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

export async function rejectionOf(promise: Promise<unknown>): Promise<any> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('The promise was not rejected.')
}
