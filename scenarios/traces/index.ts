/** The trace formats; a new one is a file of its own and a line here. */
import { neutral } from './neutral.js'
import { openb } from './openb.js'
import { orlib } from './orlib.js'

export const TRACE_READERS = [openb, neutral, orlib] as const
