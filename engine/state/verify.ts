import { invariant } from '../kernel/invariant.js'
import { NEVER } from '../kernel/time.js'
import type { ClusterState } from './cluster-state.js'
import { type NamespaceId, NONE, type NodeId, Phase, type PodId } from './ids.js'

/**
 * Recounts everything that is kept incrementally and compares: lists, sums, names, life cycles. Far too slow for a
 * run, so tests call it as they go. Throws an InvariantViolation that names the first disagreement.
 */
export function verify(state: ClusterState): void {
  verifyPods(state)
  verifyNodes(state)
  verifyObjects(state)
}

function verifyPods({ pods, nodes }: ClusterState): void {
  let rows = 0
  for (let row = 0; row < pods.highWater; row++) {
    const pod = row as PodId
    if (pods.name[pod] === undefined) continue
    rows++
    if (!pods.exists(pod)) continue
    const name = pods.name[pod]
    invariant(pods.find(pods.namespace[pod] as NamespaceId, name) === pod, `pod ${name} is found by its name`)
    invariant(pods.createdAt[pod] !== NEVER, `pod ${name} was created at some time`)
    const bound = pods.node[pod] !== NONE
    invariant(
      bound === (pods.scheduledAt[pod] !== NEVER),
      `pod ${name} has a node just when it was scheduled`,
    )
    if (bound) invariant(nodes.name[pods.node[pod]] !== undefined, `pod ${name} points to a node row in use`)
    const ran = pods.phase[pod] === Phase.Running || pods.ready[pod] === 1
    invariant(!ran || bound, `pod ${name} runs on a node`)
    invariant(!pods.isFinished(pod) || pods.finishedAt[pod] !== NEVER, `pod ${name} finished at some time`)
    invariant(!pods.isFinished(pod) || pods.ready[pod] === 0, `pod ${name} is not ready after its end`)
  }
  invariant(rows === pods.size, `the pod table counts ${pods.size} rows and uses ${rows}`)
}

function verifyNodes(state: ClusterState): void {
  const { pods, nodes } = state
  const width = nodes.resourceWidth
  for (let row = 0; row < nodes.highWater; row++) {
    const node = row as NodeId
    if (nodes.name[node] === undefined) continue
    const sums = new Float64Array(width)
    let count = 0
    let previous = NONE
    for (let pod = nodes.firstPod[node]; pod !== NONE; pod = pods.nextOnNode[pod]) {
      invariant(pods.node[pod] === node, `${nodes.name[node]} lists pods of its own`)
      invariant(pods.previousOnNode[pod] === previous, `${nodes.name[node]} links its pods both ways`)
      previous = pod
      count++
      if (pods.isFinished(pod as PodId)) continue
      const { resources, amounts } = state.requests.of(pods.templateOf(pod as PodId))
      for (let i = 0; i < resources.length; i++) sums[resources[i]] += amounts[i]
    }
    invariant(count === nodes.podCount[node], `${nodes.name[node]} counts its pods`)
    for (let r = 0; r < width; r++) {
      invariant(
        sums[r] === nodes.requested[node * width + r],
        `${nodes.name[node]} sums requests of resource ${r}`,
      )
    }
  }
}

function verifyObjects({ pods, objects }: ClusterState): void {
  for (let id = 0; id < objects.highWater; id++) {
    const object = objects.object[id]
    if (object === undefined) continue
    let count = 0
    for (let pod = objects.firstPod[id]; pod !== NONE; pod = pods.nextOfOwner[pod]) {
      invariant(pods.owner[pod] === id, `${object.meta.name} lists pods it owns`)
      count++
    }
    invariant(count === objects.podCount[id], `${object.meta.name} counts its pods`)
  }
}
