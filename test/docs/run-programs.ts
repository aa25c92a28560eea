import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ChildResult, runChild } from '../support/child.js'
import { scratchDirectory } from '../support/recordings.js'
import type { Program } from './programs.js'

const COMPILER = resolve('node_modules/typescript/bin/tsc')
const VITEST = pathToFileURL(resolve('node_modules/vitest/vitest.mjs'))

/**
 * Compiles programs with the settings of the project, all at once. They find the package by its name.
 *
 * @param directory three below the root of the project, as the setups are
 * @returns What the compiler says of each program that it complains about, by the name of the file.
 */
export function compilePrograms(directory: string, programs: readonly Program[]): Map<string, string> {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  cpSync('test/docs/shown.ts', `${directory}/shown.ts`)
  for (const { file, source } of programs) writeFileSync(`${directory}/${file}.ts`, source)
  // A fragment may leave what it declares to the reader.
  const compilerOptions = { noEmit: false, rootDir: '.', outDir: '.', noUnusedLocals: false, noUnusedParameters: false }
  const configuration = { extends: resolve('tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
  writeFileSync(`${directory}/tsconfig.json`, JSON.stringify(configuration))
  writeFileSync(`${directory}/vitest.config.js`, `export default { test: { include: ['*.test.js'], root: '.' } }\n`)
  const { stdout, stderr } = spawnSync(process.execPath, [COMPILER, '-p', directory, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  return byFile(stdout + stderr, programs)
}

function byFile(output: string, programs: readonly Program[]): Map<string, string> {
  const complaints = new Map<string, string>()
  for (const line of output.split('\n').filter((text) => text.includes('error TS'))) {
    const program = programs.find(({ file }) => line.includes(`/${file}.ts(`))
    if (program === undefined) throw new Error(`The compiler has another complaint.\n${output}`)
    complaints.set(program.file, `${complaints.get(program.file) ?? ''}${line}\n`)
  }
  return complaints
}

/** Runs a compiled program in an empty folder. */
export async function runProgram(directory: string, { file, isTest }: Program): Promise<ChildResult> {
  if (isTest) {
    // Tests are given the environment of a user: nothing is switched off.
    const args = ['run', `${file}.js`, '--reporter=dot']
    return runChild(VITEST, { args, cwd: resolve(directory), env: { HOLDFAST_TRACKING: undefined } })
  }
  using scratch = scratchDirectory()
  return await runChild(pathToFileURL(resolve(directory, `${file}.js`)), { cwd: scratch.directory })
}
