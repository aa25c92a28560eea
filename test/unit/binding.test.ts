import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Attention, MemorySetting, Signal } from '../../lib/binding.js'
import { COLUMNS, Column, KINDS_PER_PAGE } from '../../lib/kinds.js'
import { PRESSURE_ALLOWANCE } from '../../lib/reclamation.js'

// JavaScript and C++ read the same memory: what they say of it has to agree.

const source = (path: string) => readFileSync(new URL(`../../native/${path}`, import.meta.url), 'utf8')

/** The names in an enum of C++, in the form of this side: kEventLoopBehind becomes eventLoopBehind. */
function namesIn(text: string, enumeration: string): string[] {
  const body = new RegExp(`enum (?:class )?${enumeration}[^{]*{([^}]*)}`).exec(text)?.[1] ?? ''
  return [...body.matchAll(/^\s*k(\w+)/gm)].map(([, name = '']) => name[0]?.toLowerCase() + name.slice(1))
}

function numberIn(text: string, constant: string): number {
  return Number(new RegExp(`${constant} = (\\d+);`).exec(text)?.[1])
}

const numbered = (names: string[]) => Object.fromEntries(names.map((name, index) => [name, index]))

describe('both languages agree on', () => {
  const ledger = source('core/ledger.h')
  const environment = source('binding/environment.h')

  it('the columns of a counter row', () => {
    expect(numbered(namesIn(ledger, 'Counter'))).toEqual(Column)
    expect(numberIn(ledger, 'kCounters')).toBe(COLUMNS)
    expect(Object.keys(Column)).toHaveLength(COLUMNS)
  })

  it('the size of a page of counters', () => {
    expect(numberIn(ledger, 'kKindsPerPage')).toBe(KINDS_PER_PAGE)
  })

  it('the signals', () => {
    expect(numbered(namesIn(environment, 'Signal').filter((name) => name !== 'count'))).toEqual(Signal)
  })

  it('the reasons for attention, one bit each', () => {
    const bits = namesIn(environment, 'AttentionFlags').map((name, index) => [name, 2 ** index])
    expect(Object.fromEntries(bits)).toEqual(Attention)
  })

  it('the memory settings', () => {
    const names = namesIn(source('core/memory_settings.h'), 'MemorySetting').filter((name) => name !== 'count')
    expect(numbered(names)).toEqual(MemorySetting)
  })

  it('how far native bytes may grow', () => {
    const [, mebibytes] = /kAllowance = int64_t{(\d+)} << 20;/.exec(source('binding/environment.cc')) ?? []
    expect(Number(mebibytes) * 2 ** 20).toBe(PRESSURE_ALLOWANCE)
  })
})
