/** What a timeline can do; a new operation is a file of its own and a line here. */
import { apply } from './apply.js'
import { cordon } from './cordon.js'
import { createNodes } from './create-nodes.js'
import { createPods } from './create-pods.js'
import { deleteObjects } from './delete.js'
import { uncordon } from './uncordon.js'

export const OPERATIONS = [createNodes, createPods, apply, deleteObjects, cordon, uncordon] as const
