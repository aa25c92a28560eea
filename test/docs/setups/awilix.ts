import { writeFileSync } from 'node:fs'

writeFileSync('orders.index', 'an index')
