import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// A project of a user: in a folder of its own, with the package in its node_modules, since test runners treat what
// they find there in another way than the code of the project.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What is published, as far as a program needs it. */
const PUBLISHED = ['package.json', 'dist', join('native', 'build', 'Release', 'holdfast.node')]

export interface RunnerProject extends Disposable {
  readonly directory: string
}

/**
 * @param source a folder with the files of the project
 * @param nodeModules where the project finds other packages than this one
 */
export function makeProject(source: URL, nodeModules: string, packages: readonly string[]): RunnerProject {
  // On some systems the folder for temporary files goes by another name.
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-'))
  cpSync(fileURLToPath(source), directory, { recursive: true })
  const installed = join(directory, 'node_modules', 'holdfast')
  for (const path of PUBLISHED) cpSync(join(ROOT, path), join(installed, path), { recursive: true })
  for (const name of packages) link(join(nodeModules, name), join(directory, 'node_modules', name))
  return {
    directory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}
