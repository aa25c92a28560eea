import { deepStrictEqual } from 'node:assert'
import { format } from 'node:util'

// What the programs made of the pages call for `// => …`: see programs.ts.

export function equals(actual: unknown, shown: unknown): void {
  deepStrictEqual(actual, shown)
}

export function prints(printed: unknown[], shown: string): void {
  deepStrictEqual(format(...printed), shown)
}

export function throws(operation: () => unknown, code: string): void {
  deepStrictEqual(codeOf(operation), code)
}

function codeOf(operation: () => unknown): unknown {
  try {
    operation()
    return 'nothing was thrown'
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error)
  }
}

export async function rejects(operation: () => Promise<unknown>, code: string): Promise<void> {
  const reason = await operation().then(
    () => ({ code: 'nothing was rejected' }),
    (error: unknown) => error,
  )
  deepStrictEqual((reason as { code?: unknown }).code ?? String(reason), code)
}
