import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { testQuotedExamples } from '../support/quoted-examples.js'

const PRINTED = {
  '01-first': ['5 bytes, 1 buffer', 'afterwards 0'],
  '02-lifetimes': [
    ...['Pool 1', 'Session 2', 'Query 3', 'Pool 1', 'Session 2', 'Query 4'].map((name) => `first ${name}`),
    ...['Query 4', 'Query 3', 'Session 2'].map((name) => `${name} disposed of`),
    ...['Pool 1', 'Session 5', 'Query 6', 'Pool 1', 'Session 5', 'Query 7'].map((name) => `second ${name}`),
    ...['Query 7', 'Query 6', 'Session 5', 'Pool 1'].map((name) => `${name} disposed of`),
  ],
  '03-tokens': [
    'daily archive is made',
    'the report is made',
    'yearly archive is made',
    'disk and network to the yearly archive',
    'network 2',
  ],
  '04-async-factories': [
    'ServiceError: Connection is made asynchronously. Ask for it, or for what needs it, with getAsync(). Path: Repository -> Connection.',
    'connected',
    'true',
    'true',
    'disconnected',
  ],
  '05-disposal': [
    'Cache',
    'Database',
    'InvalidOperationError: Outbox has Symbol.asyncDispose only, and dispose() cannot wait for it. Call disposeAsync(), also now.',
    'Error: the cache cannot be written',
    'Outbox',
    'Error: the outbox cannot be sent',
    'ObjectDisposedError: Cannot use this ServiceScope: it was disposed. Use it before dispose(), or make a new one.',
  ],
  '06-validation': [
    'Session is scoped, and the singleton Mailer would hold it captive as long as the provider lives. Make Mailer scoped, or let it open scopes: give it a ServiceScopeFactory. Path: Mailer -> Session.',
    'Newsletter needs Key, which is not registered. Add it. Path: Newsletter -> Key.',
    'ERR_HOLDFAST_SERVICE Session is scoped, and the root provider has no scope to put it in: the singleton Mailer would hold it captive. Give it a ServiceScopeFactory. Path: Mailer -> Session.',
    'ERR_HOLDFAST_SERVICE The transient NativeBuffer was taken from the root provider, which holds what is disposable until it is disposed itself. Take it from a scope: `provider.run(…)`, or `using scope = provider.createScope()`.',
  ],
  '07-scopes': [
    'the body is done',
    'sent 64 bytes',
    '0 buffers',
    'sent 64 bytes',
    '0 buffers',
    'InvalidOperationError: Cannot dispose of services that are in use by the last one. Call disposeAsync(), which waits, or wait first.',
    'sent 64 bytes',
    '0 buffers',
    'sent 64 bytes',
  ],
  '08-host': [
    'beat 1, with 64 bytes',
    'beat 2, with 64 bytes',
    'beat 3, with 64 bytes',
    'the process ends, with 0 handles open',
  ],
  '09-testing': ['Thursday: it rains'],
}

testQuotedExamples('hosting', 'hosting.md', PRINTED)

it('the page shows what is printed', () => {
  const page = readFileSync('docs/hosting.md', 'utf8')
  // Of lifetimes it has a drawing instead, and of tests the last line is the sentence before.
  const { '02-lifetimes': _drawn, '09-testing': _told, ...shown } = PRINTED
  for (const lines of Object.values(shown)) expect(page).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\`\n`)
})
