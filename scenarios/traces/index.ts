/** The trace formats; a new one is a file of its own and a line here. */
import { neutral } from './neutral.js'
import { openb } from './openb.js'
import { orlib } from './orlib.js'
import { philly } from './philly.js'
import { swf } from './swf.js'

export const TRACE_READERS = [openb, neutral, orlib, swf, philly] as const
