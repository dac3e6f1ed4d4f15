import test from 'ava'
import { ApiServer } from '../../../engine/apiserver/api-server.js'
import { PodDraft } from '../../../engine/apiserver/pod-draft.js'
import { Kernel } from '../../../engine/kernel/kernel.js'
import { Streams } from '../../../engine/kernel/rng.js'
import { NodeList } from '../../../engine/scheduler/framework/node-list.js'
import { RememberedScores, type ScoreRows } from '../../../engine/scheduler/framework/remembered-scores.js'
import { Snapshot } from '../../../engine/scheduler/framework/snapshot.js'
import { ClusterState } from '../../../engine/state/cluster-state.js'
import { NONE, type NodeId, type PodId } from '../../../engine/state/ids.js'

test('remembered scores are those worked out anew, whatever pods and nodes come and go', t => {
  const stream = new Streams('remembered').stream('steps')
  const below = (limit: number): number => Math.floor(stream.next() * limit)
  const state = new ClusterState({ pods: 1, nodes: 1, objects: 1 })
  const api = new ApiServer(new Kernel(), state)
  const snapshot = new Snapshot(state)
  let worked = 0
  const scoreRows: ScoreRows = (shape, { ids, length }, scores) => {
    worked += length
    const { allocatable, requested, width } = snapshot
    for (let i = 0; i < length; i++) {
      const row = ids[i] * width
      scores[i] = Math.trunc((100 * (requested[row] + shape.milliCPU)) / allocatable[row])
    }
  }
  const remembered = new RememberedScores(scoreRows)
  const nodes = new NodeList(1)
  const addNode = (): void => {
    const amounts = { cpu: 1000 + below(5000), memory: 1, pods: 10 }
    const node = api.nodes.create({
      name: `n${nodes.length}`,
      labels: {},
      taints: [],
      unschedulable: false,
      capacity: amounts,
      allocatable: amounts,
      images: new Map(),
      pool: NONE,
    }) as NodeId
    snapshot.putNode(node)
    nodes.ensure(node + 1)
    nodes.ids[nodes.length++] = node
  }
  const placed: PodId[] = []
  const names = Array.from({ length: 5 }, (_, i) => `${10 * (i + 1)}m`)
  addNode()
  let asked = 0
  for (let step = 0; step < 1500; step++) {
    const choice = stream.next()
    if (choice < 0.02) addNode()
    else if (choice < 0.05) {
      const node = nodes.ids[below(nodes.length)] as NodeId
      api.nodes.patchAllocatable(node, { cpu: 1000 + below(5000), memory: 1, pods: 10 })
      snapshot.putNode(node)
    } else if (choice < 0.4 && placed.length > 0)
      snapshot.removePod(placed.splice(below(placed.length), 1)[0])
    const draft = new PodDraft()
    draft.namespace = state.namespaceId('default')
    draft.name = `p${step}`
    const requests = { cpu: names[below(names.length)] }
    const spec = { containers: [{ name: 'c', resources: { requests } }] }
    draft.template = state.templateId({ spec, annotations: {} })
    const pod = api.pods.create(draft, 0) as PodId
    const shape = snapshot.shapes.of(pod)
    const scores = new Float64Array(nodes.length)
    remembered.score(snapshot, shape, nodes, scores)
    asked += nodes.length
    const workedBefore = worked
    const anew = new Float64Array(nodes.length)
    scoreRows(shape, nodes, anew)
    worked = workedBefore
    t.deepEqual(scores, anew)
    snapshot.addPod(pod, nodes.ids[below(nodes.length)] as NodeId)
    placed.push(pod)
  }
  t.true(worked < asked / 2, `${worked} of ${asked} scores were worked out`)
})
