import type { Question } from '../../question.js'
import { deep } from './deep.js'
import { requestScopes } from './fastify.js'
import { openScopes } from './open-scopes.js'
import { recorder } from './recorder.js'
import { resolving } from './resolving.js'
import { scopes } from './scopes.js'
import { sizes } from './sizes.js'
import { wide } from './wide.js'

export const hosting: readonly Question[] = [scopes, sizes, resolving, wide, deep, openScopes, recorder, requestScopes]
