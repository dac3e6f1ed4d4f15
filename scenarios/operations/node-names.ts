import type { Assembly } from '../assembly.js'
import type { Path } from '../path.js'
import { list, plainText } from '../schema/fields.js'

/** The field that names the nodes of an operation. */
export const nodeNames = () => list(plainText()).describe('Names of nodes.')

/** Nodes that are named have to be made somewhere. */
export function requireNodes(nodes: readonly string[], path: Path, assembly: Assembly): void {
  for (const [i, name] of nodes.entries()) assembly.requireObject('Node', '', name, [...path, 'nodes', i])
}
