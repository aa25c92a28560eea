import { fileURLToPath } from 'node:url'

/** The folder with package.json: this file runs as out/bench/project.js. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
