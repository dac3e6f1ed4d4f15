import type { Expander } from '../expander.js'
import { leastNodes } from './least-nodes.js'
import { leastWaste } from './least-waste.js'
import { mostPods } from './most-pods.js'
import { price } from './price.js'
import { priority } from './priority.js'
import { random } from './random.js'

/** Every expander; one line each. */
export const expanders: readonly Expander[] = [leastNodes, leastWaste, mostPods, price, priority, random]
