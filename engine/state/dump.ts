import { NEVER, type SimTime } from '../kernel/time.js'
import type { ClusterState } from './cluster-state.js'
import { type LabelSetId, NONE, type NodeId, PHASE_NAMES, type PodId, STATUS_NAMES } from './ids.js'

/**
 * The store as text, one object a line, in order of names: what two runs that agree have in common whatever rows
 * their objects lie in. For tests and for looking at a state by eye.
 */
export function dump(state: ClusterState): string {
  return [...nodeLines(state), ...podLines(state), ...objectLines(state)].join('\n')
}

function nodeLines(state: ClusterState): string[] {
  const { nodes, resources } = state
  const lines: string[] = []
  for (let row = 0; row < nodes.highWater; row++) {
    const node = row as NodeId
    if (!nodes.exists(node)) continue
    const amounts = resources.names.map((name, r) => {
      const at = node * nodes.resourceWidth + r
      return `${name}=${nodes.requested[at]}/${nodes.allocatable[at]}`
    })
    const flags = nodes.unschedulable[node] === 1 ? ' unschedulable' : ''
    const ready = STATUS_NAMES[nodes.ready[node]]
    lines.push(
      `Node ${nodes.name[node]} ready=${ready}${flags} pods=${nodes.podCount[node]} ${amounts.join(' ')}`,
    )
  }
  return lines.sort()
}

function podLines(state: ClusterState): string[] {
  const { pods, nodes } = state
  const lines: string[] = []
  for (let row = 0; row < pods.highWater; row++) {
    const pod = row as PodId
    if (!pods.exists(pod)) continue
    const node = pods.node[pod] === NONE ? '-' : nodes.name[pods.node[pod]]
    const labels = JSON.stringify(state.labelSets.get(pods.labels[pod] as LabelSetId))
    const times = [pods.createdAt, pods.scheduledAt, pods.runningAt, pods.finishedAt, pods.deletionAt]
    lines.push(
      `Pod ${state.podKey(pod)} ${PHASE_NAMES[pods.phase[pod]]} ready=${pods.ready[pod]} node=${node} ` +
        `labels=${labels} times=${times.map(column => timeText(column[pod])).join(',')}`,
    )
  }
  return lines.sort()
}

function objectLines(state: ClusterState): string[] {
  const lines: string[] = []
  for (let id = 0; id < state.objects.highWater; id++) {
    const object = state.objects.object[id]
    if (object === undefined || state.objects.deletedSequence[id] !== 0) continue
    const { kind, meta, spec, status } = object
    lines.push(`${kind} ${meta.namespace}/${meta.name} ${JSON.stringify({ spec, status })}`)
  }
  return lines.sort()
}

function timeText(at: SimTime): string {
  return at === NEVER ? '-' : String(at)
}
