import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { native } from '../../lib/binding.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the addon calls and the tests do not make fail: it cannot, or nothing could be done about it. */
const NEVER_FAIL: Readonly<Record<string, RegExp>> = {
  'the memory is there, and nothing is asked of the system': /^(memcmp|memcpy|memmove|memset|snprintf|strnlen)$/,
  'it only gives back': /^(free|_ZdlPvm?|malloc_trim|napi_(delete|close)_\w+)$/,
  'it only looks': /^(__errno_location|getpid|sysconf|dirfd|napi_(get|is)_\w+|napi_typeof)$/,
  'it fails only for arguments that nobody gives': /^(pthread_\w+|sig(add|empty)set|raise|nanosleep|sched_yield)$/,
  'the engine ends the process rather than refuse a number': /^napi_create_double$/,
  'it tells of what has happened already': /^napi_(resolve_deferred|throw_error)$/,
  'the runtime of C++ and the linker call it':
    /^(_ITM_\w+|__gmon_start__|__cxa_(finalize|guard_\w+)|_ZSt\w+|_ZNSt6chrono\w+)$/,
  'the compiler calls it when memory is damaged already': /^(__stack_chk_fail|__\w+_chk|abort)$/,
}

/** Under what name the linker replaces them. */
const WRAPPED_AS: Readonly<Record<string, string>> = { __cxa_atexit: 'atexit', __cxa_at_quick_exit: 'at_quick_exit' }

function replaced(): Set<string> {
  const lists = ['system.rsp', 'engine.rsp'].map((name) => readFileSync(`${root}test/native/faults/${name}`, 'utf8'))
  return new Set(lists.flatMap((list) => [...list.matchAll(/--wrap=(\w+)/g)].map(([, name]) => name as string)))
}

function symbols(...options: string[]): string[] {
  const folder = `${root}native/build/Release/`
  const addon = readdirSync(folder).find((name) => name.endsWith('.node'))
  const listed = execFileSync('nm', [...options, `${folder}${addon}`], { encoding: 'utf8' })
  return listed.split('\n').flatMap((line) => /^[0-9a-f]*\s+[A-Za-z] ([^@\s]+)/.exec(line)?.[1] ?? [])
}

// That of the sanitizers is made to fail.
describe.runIf(process.platform === 'linux' && !('armFaults' in native))('the addon that is shipped', () => {
  it('calls nothing that can fail and that no test makes fail', () => {
    const imports = symbols('--dynamic', '--undefined-only')
    const exempt = Object.values(NEVER_FAIL)
    const made = replaced()
    const forgotten = imports.filter(
      (name) => !made.has(WRAPPED_AS[name] ?? name) && !exempt.some((pattern) => pattern.test(name)),
    )
    expect(imports).toContain('malloc')
    expect(forgotten).toEqual([])
  })

  it('knows nothing of failing on demand', () => {
    const text = readFileSync(`${root}native/build/Release/holdfast.node`, 'latin1')
    expect(text).toContain('openMemory')
    expect(text).not.toMatch(/armFaults|__wrap_/)
  })
})
