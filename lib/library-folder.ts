import { fileURLToPath, pathToFileURL } from 'node:url'

/** A bundler that makes CommonJS of this leaves nothing there. The program is the next best: it is the bundle. */
const here: string | undefined = import.meta.url

/** Where the modules of this library are; in a bundle, where that is. */
export const libraryUrl = new URL('.', here ?? pathToFileURL(process.argv[1] ?? process.execPath))
export const libraryFolder = fileURLToPath(libraryUrl)
