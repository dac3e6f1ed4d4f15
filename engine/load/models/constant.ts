import { NEVER } from '../../kernel/time.js'
import { defineLoad } from '../load-model.js'

export const constant = defineLoad({
  kind: 'constant',
  about: 'One value for ever.',
  create: ({ value }) => ({ at: () => value, nextChange: () => NEVER }),
})
