import type { NodeChoice } from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { Path } from '../path.js'
import { list, objectName, plainText } from '../schema/fields.js'
import { selectorFault } from '../selector-fault.js'
import { requireNodes } from './node-names.js'

/** The fields that say which nodes an operation is about. */
export const nodeChoice = () => ({
  nodes: list(plainText()).default([]).describe('Names of nodes.'),
  selector: plainText().optional().describe('Also those with such labels, as `kubectl --selector` has it.'),
  pools: list(objectName()).default([]).describe('Also those of these pools of `nodes` or `nodeGroups`.'),
})

interface Written {
  readonly nodes: readonly string[]
  readonly selector?: string | undefined
  readonly pools: readonly string[]
}

/** The nodes meant; whoever names none at all is told. */
export function chosenNodes({ nodes, selector, pools }: Written, path: Path, assembly: Assembly): NodeChoice {
  if (nodes.length === 0 && selector === undefined && pools.length === 0)
    assembly.fault(path, 'which nodes? Give "nodes", "selector" or "pools"')
  requireNodes(nodes, path, assembly)
  const fault = selector === undefined ? undefined : selectorFault(selector)
  if (fault !== undefined) assembly.fault([...path, 'selector'], fault)
  const indexes = pools.flatMap((name, i) => assembly.poolIndex(name, [...path, 'pools', i]) ?? [])
  return {
    nodes,
    ...(selector === undefined ? {} : { selector }),
    ...(indexes.length === 0 ? {} : { pools: indexes }),
  }
}
