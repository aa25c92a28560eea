import { describe, expect, it } from 'vitest'
import { tracked } from '../../../lib/integrations/express.js'

describe('tracked', () => {
  it('calls the handler as it is where the request has no scope, since the middleware was left out', () => {
    const handler = tracked((request: object, response: object, next: () => string) => [request, response, next()])
    const [request, response] = [{}, {}]
    expect(handler(request, response, () => 'next')).toEqual([request, response, 'next'])
  })
})
