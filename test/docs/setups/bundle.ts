import { writeFileSync } from 'node:fs'

writeFileSync('server.ts', "import { liveHandles } from 'holdfast'\nconsole.log(liveHandles())\n")
