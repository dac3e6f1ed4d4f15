import type { Manifest } from '../../../engine/model/simulation-model.js'
import type { NodeId } from '../../../engine/state/ids.js'
import { SchedulerRig } from '../../support/scheduler-rig.js'
import { compare, type Difference, type Suite } from '../suite.js'
import { rangesOf } from './ranges.js'

interface Replay {
  readonly nodes: readonly Manifest[]
  readonly templates: Readonly<Record<string, { readonly metadata?: object; readonly spec: object }>>
  readonly objects?: readonly Manifest[]
  readonly config?: unknown
  readonly steps: readonly {
    readonly template: string
    readonly name: string
    readonly want: { readonly chosen?: string; readonly [field: string]: unknown }
  }[]
}

/** Pods scheduled one after another, each assumed on the node that was chosen in the recording. */
export const replaySuite: Suite = {
  name: 'replay',
  run(record) {
    const { nodes, templates, objects = [], config, steps } = record as unknown as Replay
    const rig = new SchedulerRig({ config })
    for (const object of objects) rig.object(object)
    const ids = nodes.map(node => rig.node(node))
    const differences: Difference[] = []
    for (const [i, { template, name, want }] of steps.entries()) {
      const { metadata, spec } = templates[template]
      const pod = rig.createPod({
        apiVersion: 'v1',
        kind: 'Pod',
        spec,
        metadata: { ...metadata, name, namespace: 'default' },
      })
      const isScheduled = rig.cycle.schedule(pod)
      differences.push(...compare(want, isScheduled ? choice(rig, ids) : failure(rig), `steps[${i}]`))
      const node = want.chosen === undefined ? undefined : rig.state.nodes.find(want.chosen)
      if (node === undefined) rig.api.pods.delete(pod, rig.state.pods.uid[pod], 0)
      else rig.snapshot.addPod(pod, node)
    }
    return differences
  },
}

function choice({ cycle, snapshot }: SchedulerRig, ids: readonly NodeId[]): unknown {
  const { feasible, totals, scored } = cycle
  const positions = new Map(ids.map((node, i) => [node, i]))
  // A single node is not scored at all.
  const highest = scored ? Math.max(...totals.subarray(0, feasible.length)) : 0
  const best: number[] = []
  for (let i = 0; i < feasible.length; i++) {
    if (!scored || totals[i] === highest) best.push(positions.get(feasible.ids[i] as NodeId)!)
  }
  best.sort((a, b) => a - b)
  return {
    best: rangesOf(best),
    chosen: snapshot.nameOf(ids[best[0]]),
    feasible: feasible.length,
    total: scored ? highest : undefined,
  }
}

/** Recorded without preemption, so without what PostFilter adds to the text. */
function failure({ cycle }: SchedulerRig): unknown {
  const text = cycle.postFilter?.message ?? ''
  const message = cycle.failureMessage()
  return {
    unschedulable: text !== '' && message.endsWith(` ${text}`) ? message.slice(0, -text.length - 1) : message,
  }
}
