import type { TestContext } from 'vitest'

/** Whether this run uses an addon built with AddressSanitizer. */
export const SANITIZED = process.env['HOLDFAST_SANITIZED'] === '1'

/** For tests with bounds on memory or time: they mean nothing under a sanitizer. */
export function skipWhenSanitized(context: TestContext): void {
  context.skip(SANITIZED, 'AddressSanitizer keeps freed memory for a while and slows everything down')
}
