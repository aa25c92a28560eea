// Builds the addon that is shipped, into prebuilds/: for the machine that this runs on, for another processor, or
// for all processors that it is shipped for.
//
//   node scripts/build-prebuilds.mjs [--arch x64|arm64 | --all] [--if-older]
//
// Another processor needs its cross compiler: g++-aarch64-linux-gnu on Debian. --if-older builds only what is
// missing or older than its sources.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { copyNativeSources, newestSource } from './native-sources.mjs'

const { values: options } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch },
    all: { type: 'boolean', default: false },
    'if-older': { type: 'boolean', default: false },
  },
})
const IS_LINUX = process.platform === 'linux'
// Only C libraries have a say in which file fits.
const libc = IS_LINUX ? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc') : undefined
/** By the processors that the addon is shipped for: docs/installing.md. */
const CROSS_COMPILERS = { arm64: 'aarch64-linux-gnu', x64: 'x86_64-linux-gnu' }

function isFresh(arch) {
  const name = libc === undefined ? 'holdfast.node' : `holdfast.${libc}.node`
  const file = join('prebuilds', `${process.platform}-${arch}`, name)
  return existsSync(file) && statSync(file).mtimeMs >= newestSource('native')
}

/** Through the environment, since prebuildify hands on no arguments. */
function environment(arch) {
  const prefix = dirname(dirname(process.execPath))
  const tools = arch === process.arch ? undefined : CROSS_COMPILERS[arch]
  return {
    ...process.env,
    JOBS: 'max',
    ...(existsSync(join(prefix, 'include', 'node', 'node_api.h')) && { npm_config_nodedir: prefix }),
    ...(libc === 'glibc' && { GYP_DEFINES: 'glibc_floor=1' }),
    ...(tools && {
      CC: `${tools}-gcc`,
      CXX: `${tools}-g++`,
      AR: `${tools}-gcc-ar`,
      PREBUILD_STRIP_BIN: `${tools}-strip`,
    }),
  }
}

function build(arch) {
  // In a copy: the developer's own build stays as it is.
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-prebuild-'))
  try {
    copyNativeSources(copy)
    cpSync('package.json', join(copy, 'package.json')) // prebuildify takes the name from it
    const require = createRequire(import.meta.url)
    const prebuildify = join(dirname(require.resolve('prebuildify')), 'bin.js')
    const nodeGyp = resolve('node_modules', '.bin', process.platform === 'win32' ? 'node-gyp.cmd' : 'node-gyp')
    const args = ['--napi', '--strip', `--target=${process.version}`, `--arch=${arch}`, `--out=${resolve('.')}`]
    if (libc !== undefined) args.push(`--tag-libc=${libc}`)
    return spawnSync(process.execPath, [prebuildify, ...args, `--cwd=${copy}`, `--node-gyp=${nodeGyp}`], {
      env: environment(arch),
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

for (const arch of options.all ? Object.keys(CROSS_COMPILERS) : [options.arch]) {
  if (options['if-older'] && isFresh(arch)) continue
  console.error(`building prebuilds/${process.platform}-${arch} ...`)
  const { status, stdout, stderr } = build(arch)
  if (status === 0) continue
  process.stderr.write(stdout + stderr)
  process.exit(status ?? 1)
}
