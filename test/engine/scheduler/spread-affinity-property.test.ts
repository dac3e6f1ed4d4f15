import test from 'ava'
import * as fc from 'fast-check'
import type { LabelSelector, Labels } from '../../../engine/model/labels.js'
import type {
  Affinity,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from '../../../engine/model/pod-spec.js'
import type { Taint } from '../../../engine/model/taints.js'
import type { SchedulerPlugin } from '../../../engine/scheduler/framework/interface.js'
import { SKIP } from '../../../engine/scheduler/framework/status.js'
import { interPodAffinity } from '../../../engine/scheduler/plugins/inter-pod-affinity.js'
import { podTopologySpread } from '../../../engine/scheduler/plugins/pod-topology-spread.js'
import type { NodeId, PodId } from '../../../engine/state/ids.js'
import { PluginStage } from '../../support/plugin-stage.js'
import {
  type PlainCluster,
  type PlainNode,
  type PlainPod,
  recountAffinityFilter,
  recountAffinityScores,
  recountSpreadFilter,
  recountSpreadScores,
} from '../../support/recount.js'

const KEYS = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname', 'rack']
const HARD_WEIGHT = 3

const podLabels: fc.Arbitrary<Labels> = fc.record(
  { app: fc.constantFrom('web', 'db', 'cache'), tier: fc.constantFrom('a', 'b') },
  { requiredKeys: [] },
)
const namespaceName = fc.constantFrom('default', 'blue', 'nowhere')
const selector: fc.Arbitrary<LabelSelector | undefined> = fc.oneof(
  fc.record({ matchLabels: podLabels }),
  fc.constantFrom<(LabelSelector | undefined)[]>(
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
    { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a'] }] },
    { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
    undefined,
  ),
)
const topologyKey = fc.constantFrom(...KEYS)

const constraint = fc
  .record({
    maxSkew: fc.integer({ min: 1, max: 3 }),
    topologyKey,
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule' as const, 'ScheduleAnyway' as const),
    labelSelector: selector,
    minDomains: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    nodeAffinityPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
    nodeTaintsPolicy: fc.constantFrom('Honor' as const, 'Ignore' as const),
  })
  .map(withoutUndefined<TopologySpreadConstraint>)

const term = fc
  .record({
    labelSelector: selector,
    topologyKey,
    namespaces: fc.option(fc.subarray(['default', 'blue', 'nowhere']), { nil: undefined }),
    namespaceSelector: fc.constantFrom<(LabelSelector | undefined)[]>(
      undefined,
      undefined,
      {},
      { matchLabels: { team: 'x' } },
      { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] },
    ),
  })
  .map(withoutUndefined<PodAffinityTerm>)

const side = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }),
  preferredDuringSchedulingIgnoredDuringExecution: fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 5 }), podAffinityTerm: term }),
    { maxLength: 2 },
  ),
})

const nodeAffinity: fc.Arbitrary<NonNullable<Affinity['nodeAffinity']>> = fc
  .constantFrom(
    [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
    [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['n1'] }] }],
    [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }],
  )
  .map(nodeSelectorTerms => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }))

const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

const podSpec: fc.Arbitrary<PodSpec> = fc
  .record({
    containers: fc.constant([{ name: 'c' }]),
    topologySpreadConstraints: fc.array(constraint, { maxLength: 3 }),
    nodeSelector: fc.option(fc.constant({ disk: 'ssd' }), { nil: undefined, freq: 4 }),
    tolerations: fc.constantFrom([], [{ key: 'spot', operator: 'Exists' }]),
    affinity: fc
      .record({
        podAffinity: rarely(side),
        podAntiAffinity: rarely(side),
        nodeAffinity: rarely(nodeAffinity),
      })
      .map(withoutUndefined<Affinity>),
  })
  .map(withoutUndefined<PodSpec>)

/** A pod to place, or one on a node; pods of few templates, as in a cluster. */
const podDraft = fc.record({ spec: podSpec, labels: podLabels, namespace: namespaceName })

const nodeLabels: fc.Arbitrary<Labels> = fc.record(
  {
    'topology.kubernetes.io/zone': fc.constantFrom('a', 'b', ''),
    rack: fc.constantFrom('r1', 'r2', 'r3'),
    disk: fc.constantFrom('ssd', 'hdd'),
    'kubernetes.io/hostname': fc.constantFrom('own', 'own', 'own', 'shared'),
  },
  { requiredKeys: [] },
)
const taints: fc.Arbitrary<readonly Taint[]> = fc.constantFrom<(readonly Taint[])[]>(
  [],
  [],
  [{ key: 'spot', effect: 'NoSchedule' }],
  [{ key: 'soft', effect: 'PreferNoSchedule' }],
  [{ key: 'out', effect: 'NoExecute' }],
)

type PodOp =
  | { readonly op: 'removePod'; readonly at: number }
  | { readonly op: 'terminatePod'; readonly at: number }
  | { readonly op: 'relabelPod'; readonly at: number; readonly labels: Labels }

type Op =
  | PodOp
  | { readonly op: 'addNode'; readonly labels: Labels; readonly taints: readonly Taint[] }
  | { readonly op: 'relabelNode'; readonly at: number; readonly labels: Labels }
  | { readonly op: 'retaintNode'; readonly at: number; readonly taints: readonly Taint[] }
  | { readonly op: 'removeNode'; readonly at: number }
  | { readonly op: 'addPod'; readonly draft: number; readonly at: number; readonly terminating: boolean }
  | { readonly op: 'namespace'; readonly name: string; readonly labels: Labels | undefined }
  | { readonly op: 'service'; readonly namespace: string; readonly selector: Labels }
  | { readonly op: 'ask'; readonly draft: number }

const at = fc.nat(1000)
const teams = fc.constantFrom<(Labels | undefined)[]>({ team: 'x' }, { team: 'y' }, {}, undefined)
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('addNode' as const), labels: nodeLabels, taints }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('relabelNode' as const), at, labels: nodeLabels }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('retaintNode' as const), at, taints }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('removeNode' as const), at }) },
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constant('addPod' as const),
      draft: at,
      at,
      terminating: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ op: fc.constant('removePod' as const), at }),
      fc.record({ op: fc.constant('terminatePod' as const), at }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('relabelPod' as const), at, labels: podLabels }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('namespace' as const),
      name: fc.constantFrom('default', 'blue'),
      labels: teams,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('service' as const),
      namespace: namespaceName,
      selector: podLabels,
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('ask' as const), draft: at }) },
)

function withoutUndefined<T extends object>(value: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T
}

type Draft = Pick<PlainPod, 'spec' | 'labels' | 'namespace'>

/** The same cluster twice: on the stage, and in plain lists. */
class Twin {
  readonly stage = new PluginStage()
  readonly spread = this.stage.plugin(podTopologySpread)
  readonly affinity = this.stage.plugin(interPodAffinity, { hardPodAffinityWeight: HARD_WEIGHT })
  readonly #drafts: readonly Draft[]
  nodes: (PlainNode & { readonly id: NodeId })[] = []
  pods: (PlainPod & { readonly id: PodId })[] = []
  readonly #namespaces = new Map<string, Labels>()
  readonly #services: { namespace: string; selector: Labels }[] = []
  #count = 0

  constructor(drafts: readonly Draft[]) {
    this.#drafts = drafts
  }

  get cluster(): PlainCluster {
    return { nodes: this.nodes, pods: this.pods, namespaces: this.#namespaces, services: this.#services }
  }

  run(op: Op): string[] {
    const { nodes, pods } = this
    switch (op.op) {
      case 'addNode':
        this.#addNode(op.labels, op.taints)
        break
      case 'addPod':
        if (nodes.length > 0) this.#addPod(this.#draft(op.draft), op.at % nodes.length, op.terminating)
        break
      case 'namespace':
        this.#setNamespace(op.name, op.labels)
        break
      case 'service':
        this.#addService(op.namespace, op.selector)
        break
      case 'ask':
        return this.#ask(this.#draft(op.draft))
      case 'relabelNode':
      case 'retaintNode':
      case 'removeNode':
        if (nodes.length > 0) this.#changeNode(op, op.at % nodes.length)
        break
      case 'removePod':
      case 'terminatePod':
      case 'relabelPod':
        if (pods.length > 0) this.#changePod(op, op.at % pods.length)
    }
    return []
  }

  #draft(index: number): Draft {
    return this.#drafts[index % this.#drafts.length]
  }

  #named(labels: Labels, name: string): Labels {
    return labels['kubernetes.io/hostname'] === 'own' ? { ...labels, 'kubernetes.io/hostname': name } : labels
  }

  #addNode(given: Labels, nodeTaints: readonly Taint[]): void {
    const name = `n${this.#count++}`
    const labels = this.#named(given, name)
    const id = this.stage.node({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: { taints: nodeTaints },
      status: { allocatable: { pods: '1000' } },
    })
    this.nodes.push({ name, labels, taints: nodeTaints, id })
  }

  #changeNode(op: Extract<Op, { op: 'relabelNode' | 'retaintNode' | 'removeNode' }>, index: number): void {
    const { stage, nodes } = this
    const node = nodes[index]
    if (op.op === 'removeNode') {
      for (const [i, pod] of [...this.pods.entries()].reverse())
        if (pod.node === node.name) this.#removePod(i)
      stage.snapshot.removeNode(node.id)
      stage.api.nodes.delete(node.id)
      nodes.splice(index, 1)
      return
    }
    if (op.op === 'relabelNode') {
      const labels = this.#named(op.labels, node.name)
      nodes[index] = { ...node, labels }
      stage.api.nodes.patchLabels(node.id, labels)
    } else {
      nodes[index] = { ...node, taints: op.taints }
      stage.api.nodes.patchTaints(node.id, op.taints)
    }
    stage.snapshot.putNode(node.id)
  }

  #addPod({ spec, labels, namespace }: Draft, nodeIndex: number, terminating: boolean): void {
    const name = `p${this.#count++}`
    const node = this.nodes[nodeIndex].name
    const id = this.stage.pod({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels, ...(terminating ? { deletionTimestamp: 'now' } : {}) },
      spec: { ...spec, nodeName: node },
    })
    this.pods.push({ name, namespace, labels, spec, node, terminating, id })
  }

  #removePod(index: number): void {
    const { stage } = this
    const [{ id }] = this.pods.splice(index, 1)
    stage.snapshot.removePod(id)
    stage.api.pods.delete(id, stage.state.pods.uid[id], 0)
  }

  /** As the scheduler does it: a pod with other labels is taken off and counted again. */
  #changePod(op: PodOp, index: number): void {
    if (op.op === 'removePod') {
      this.#removePod(index)
      return
    }
    const { stage, pods } = this
    const pod = pods[index]
    const table = stage.state.pods
    if (op.op === 'terminatePod') {
      pods[index] = { ...pod, terminating: true }
      stage.api.pods.delete(pod.id, table.uid[pod.id], 30)
      stage.snapshot.markTerminating(pod.id)
      return
    }
    pods[index] = { ...pod, labels: op.labels }
    stage.api.pods.patchLabels(pod.id, table.uid[pod.id], stage.state.labelsId(op.labels))
    stage.snapshot.removePod(pod.id)
    stage.snapshot.addPod(pod.id, table.nodeOf(pod.id))
  }

  #setNamespace(name: string, labels: Labels | undefined): void {
    const { api, state } = this.stage
    const id = state.objects.find('Namespace', '', name)
    if (labels === undefined) {
      if (id === undefined) return
      // No namespace controller runs here to take the finalizer.
      api.objects.updateSpec(id, { finalizers: [] })
      api.objects.delete(id)
      this.#namespaces.delete(name)
      return
    }
    if (id !== undefined) api.objects.updateMeta(id, { labels })
    else this.stage.object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
    this.#namespaces.set(name, labels)
  }

  #addService(namespace: string, serviceSelector: Labels): void {
    const name = `s${this.#count++}`
    const spec = { selector: serviceSelector }
    this.stage.object({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec })
    this.#services.push({ namespace, selector: serviceSelector })
  }

  /** Where the plugins differ from a recount for a pod that comes now. */
  #ask(draft: Draft): string[] {
    const name = `p${this.#count++}`
    const { spec, labels, namespace } = draft
    const id = this.stage.pod({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec })
    const pod: PlainPod = { ...draft, name, terminating: false }
    const found = [...this.#filters(id, pod), ...this.#scores(id, pod), ...this.#dryRuns(id, pod)]
    this.stage.api.pods.delete(id, this.stage.state.pods.uid[id], 0)
    return found
  }

  #filters(id: PodId, pod: PlainPod): string[] {
    const { stage, cluster, nodes } = this
    const ids = nodes.map(node => node.id)
    const spread = stage.filter(this.spread, id, ids)
    const affinity = stage.filter(this.affinity, id, ids)
    return nodes.flatMap((node, i) => [
      ...differ(`${node.name} spread`, spread[i]?.reasons[0], recountSpreadFilter(cluster, pod, node)),
      ...differ(`${node.name} affinity`, affinity[i]?.reasons[0], recountAffinityFilter(cluster, pod, node)),
    ])
  }

  #scores(id: PodId, pod: PlainPod): string[] {
    const { stage, cluster } = this
    // Some of the nodes, as if others had been rejected.
    const feasible = this.nodes.filter((_, i) => i % 3 !== 1)
    const ids = feasible.map(node => node.id)
    const spread = stage.score(this.spread, id, ids)
    const affinity = stage.score(this.affinity, id, ids)
    return [
      ...compare('spread scores', spread, recountSpreadScores(cluster, pod, feasible)),
      ...compare('affinity scores', affinity, recountAffinityScores(cluster, pod, feasible, HARD_WEIGHT)),
    ]
  }

  /** Takes the pods of a node off the overlay, all but terminating ones, or puts others there, and asks again. */
  #dryRuns(id: PodId, pod: PlainPod): string[] {
    const guests = this.#drafts.slice(0, 2).map(draft => this.#unbound(draft))
    const found = this.nodes.flatMap(node => {
      const victims = this.pods.filter(other => other.node === node.name && !other.terminating)
      const others = this.pods.filter(other => !victims.includes(other))
      const nominated = guests.map(guest => ({ ...guest, node: node.name }))
      return [
        ...this.#dryRun(id, pod, node, victims, -1, others),
        ...this.#dryRun(id, pod, node, nominated, 1, [...this.pods, ...nominated]),
      ]
    })
    const { stage } = this
    for (const guest of guests) stage.api.pods.delete(guest.id, stage.state.pods.uid[guest.id], 0)
    return found
  }

  #unbound(draft: Draft): PlainPod & { readonly id: PodId } {
    const name = `p${this.#count++}`
    const { spec, labels, namespace } = draft
    const id = this.stage.pod({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec })
    return { ...draft, name, terminating: false, id }
  }

  #dryRun(
    id: PodId,
    pod: PlainPod,
    node: PlainNode & { readonly id: NodeId },
    changed: readonly { readonly id: PodId }[],
    sign: 1 | -1,
    pods: readonly PlainPod[],
  ): string[] {
    const cluster = { ...this.cluster, pods }
    const what = `${node.name} with ${sign * changed.length} pods,`
    const spread = this.#onOverlay(this.spread, id, node.id, changed, sign)
    const affinity = this.#onOverlay(this.affinity, id, node.id, changed, sign)
    return [
      ...(spread === SKIP ? [] : differ(`${what} spread`, spread, recountSpreadFilter(cluster, pod, node))),
      ...(affinity === SKIP
        ? []
        : differ(`${what} affinity`, affinity, recountAffinityFilter(cluster, pod, node))),
    ]
  }

  #onOverlay(
    plugin: SchedulerPlugin,
    id: PodId,
    node: NodeId,
    changed: readonly { readonly id: PodId }[],
    sign: 1 | -1,
  ): string | undefined | typeof SKIP {
    const { stage } = this
    const cycle = stage.cycleOf(id)
    if (plugin.preFilter?.(cycle) === SKIP) return SKIP
    const { snapshot } = stage
    const put = (pods: number, other: PodId): void => {
      if (pods === 1) plugin.addPod?.(cycle, other, snapshot.overlay)
      else plugin.removePod?.(cycle, other, snapshot.overlay)
    }
    snapshot.copyToOverlay(node)
    for (const other of changed) put(sign, other.id)
    const list = stage.list([snapshot.overlay])
    plugin.filter?.(cycle, list)
    const reason = list.length === 1 ? undefined : stage.rejection(list.reason[snapshot.overlay]).reasons[0]
    for (const other of changed) put(-sign, other.id)
    return reason
  }
}

function differ(what: string, got: string | undefined, want: string): string[] {
  const isSame = want === '' ? got === undefined : got !== undefined && classOf(got) === want
  return isSame ? [] : [`${what}: ${got}, recounted ${want}`]
}

function classOf(reason: string): string {
  if (reason.endsWith('(missing required label)')) return '(missing required label)'
  if (reason.endsWith('spread constraints')) return 'constraints'
  if (reason.includes('existing pods')) return 'existing'
  return reason.includes('anti-affinity') ? 'anti-affinity' : 'affinity'
}

function compare(
  what: string,
  got: readonly number[] | undefined,
  want: readonly number[] | undefined,
): string[] {
  const isSame = got?.join() === want?.join()
  return isSame ? [] : [`${what}: ${got?.join()}, recounted ${want?.join()}`]
}

test('after any changes of pods and nodes, filters and scores are those of a recount', t => {
  const history = fc.record({
    drafts: fc.array(podDraft, { minLength: 3, maxLength: 6 }),
    operations: fc.array(operation, { minLength: 20, maxLength: 80, size: 'max' }),
  })
  t.notThrows(() =>
    fc.assert(
      fc.property(history, ({ drafts, operations }) => {
        const twin = new Twin(drafts)
        const asked = drafts.map((_, draft): Op => ({ op: 'ask', draft }))
        for (const op of [...operations, ...asked]) {
          const found = twin.run(op)
          if (found.length > 0) throw new Error(found.join('\n'))
        }
      }),
      { numRuns: 300, seed: 36 },
    ),
  )
})
