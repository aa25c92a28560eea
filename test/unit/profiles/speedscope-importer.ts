import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'

// The importer of speedscope, as its released page has it: everything up to where the page would be drawn is
// run, and the function that opens a file is handed out.

export interface ImportedProfile {
  getName(): string
  getWeightUnit(): string
  getTotalWeight(): number
  getGroupedCalltreeRoot(): ImportedNode
}

interface ImportedNode {
  readonly frame: { readonly name: string; readonly file?: string; readonly line?: number; readonly col?: number }
  readonly children: readonly ImportedNode[]
  getSelfWeight(): number
}

export interface ImportedGroup {
  readonly name: string
  readonly indexToView: number
  readonly profiles: readonly ImportedProfile[]
}

export const RELEASE = join(dirname(fileURLToPath(import.meta.resolve('speedscope/package.json'))), 'dist', 'release')

const OPENS_FILE = /loadFileFromBase64:\((\w+),(\w+)\)=>\{this\.loadProfile\(\(\)=>([\w$]+)\(\1,\2\)\)/
const DRAWS_PAGE = 'console.log(`speedscope v'

type OpenFile = (name: string, base64: string) => Promise<ImportedGroup | null>

function load(): OpenFile {
  const script = readdirSync(RELEASE).find((name) => /^speedscope-.*\.js$/.test(name)) as string
  const source = readFileSync(join(RELEASE, script), 'utf8')
  const openFile = OPENS_FILE.exec(source)?.[3]
  const end = source.lastIndexOf(DRAWS_PAGE)
  if (openFile === undefined || end < 0) throw new Error(`${script} is not built as it was.`)
  const page = createContext({
    self: globalThis,
    window: { location: { hash: '', protocol: 'file:' }, addEventListener() {} },
    console: { ...console, log() {} },
    TextDecoder,
    TextEncoder,
    atob,
  })
  // The script is one function that is called at once.
  return runInContext(`${source.slice(0, end)} return ${openFile} })()`, page)
}

let loaded: OpenFile | undefined

/** @throws what the importer throws; and when it takes the file for none of its formats */
export async function importInSpeedscope(name: string, contents: string | Uint8Array): Promise<ImportedGroup> {
  loaded ??= load()
  const group = await loaded(name, Buffer.from(contents).toString('base64'))
  if (group === null) throw new Error(`speedscope does not know what ${name} is.`)
  return group
}

/** What has weight of its own, as `outermost > … > innermost`: frames as `name file:line:column`. */
export function weightsIn(profile: ImportedProfile): Record<string, number> {
  const weights: Record<string, number> = {}
  const visit = (node: ImportedNode, path: readonly string[]) => {
    if (node.getSelfWeight() > 0) weights[path.join(' > ')] = node.getSelfWeight()
    for (const child of node.children) visit(child, [...path, describe(child.frame)])
  }
  visit(profile.getGroupedCalltreeRoot(), [])
  return weights
}

function describe({ name, file, line, col }: ImportedNode['frame']): string {
  if (!file) return name
  return col === undefined ? `${name} ${file}:${line}` : `${name} ${file}:${line}:${col}`
}
