import type { PodAffinityTerm, PodSpec } from '../../engine/model/pod-spec.js'
import { NONE } from '../../engine/state/ids.js'
import { SchedulerRig } from '../support/scheduler-rig.js'
import { type Bench, interleaved, type Row } from './bench.js'

const NODES = 5_000
const MEASURED = 2_000
const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'
const LABELS = { app: 'web' }

interface Scenario {
  readonly figure: string
  /** Pods a second. */
  readonly goal: number
  /** What the pods have that are measured. */
  readonly spec?: Partial<PodSpec>
  /** What the pods have that are there before, if anything else. */
  readonly before?: Partial<PodSpec>
  readonly placedBefore: number
  readonly withService?: boolean
}

const selected = { labelSelector: { matchLabels: LABELS } }

function spread(whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): Partial<PodSpec> {
  return { topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, ...selected }] }
}

function required(side: 'podAffinity' | 'podAntiAffinity', topologyKey: string): Partial<PodSpec> {
  const terms: PodAffinityTerm[] = [{ topologyKey, ...selected }]
  return { affinity: { [side]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } }
}

function preferred(side: 'podAffinity' | 'podAntiAffinity'): Partial<PodSpec> {
  const terms = [{ weight: 1, podAffinityTerm: { topologyKey: HOSTNAME, ...selected } }]
  return { affinity: { [side]: { preferredDuringSchedulingIgnoredDuringExecution: terms } } }
}

const hard = spread('DoNotSchedule')
const REFERENCE: Omit<Scenario, 'goal'> = { figure: 'no constraints', placedBefore: 1_000 }
const SCENARIOS: readonly Scenario[] = [
  { figure: 'hard spread over zones', goal: 15_000, placedBefore: 1_000, spec: hard },
  { figure: 'the same, 50,000 pods placed', goal: 15_000, placedBefore: 50_000, spec: hard },
  {
    figure: 'preferred spread over zones',
    goal: 15_000,
    placedBefore: 1_000,
    spec: spread('ScheduleAnyway'),
  },
  {
    figure: 'required anti-affinity by hostname',
    goal: 10_000,
    placedBefore: 1_000,
    spec: required('podAntiAffinity', HOSTNAME),
  },
  {
    figure: 'anti-affinity of the pods placed',
    goal: 15_000,
    placedBefore: 1_000,
    before: required('podAntiAffinity', HOSTNAME),
  },
  {
    figure: 'required affinity by zone',
    goal: 10_000,
    placedBefore: 1_000,
    spec: required('podAffinity', ZONE),
  },
  {
    figure: 'preferred affinity by hostname',
    goal: 5_000,
    placedBefore: 1_000,
    spec: preferred('podAffinity'),
  },
  {
    figure: 'preferred anti-affinity by hostname',
    goal: 5_000,
    placedBefore: 1_000,
    spec: preferred('podAntiAffinity'),
  },
  { figure: 'default spreading by a service', goal: 10_000, placedBefore: 1_000, withService: true },
]

/** Schedules the pods of a scenario one after another; answers how many a second. */
function podsPerSecond({
  spec = {},
  before = spec,
  placedBefore,
  withService = false,
}: Omit<Scenario, 'goal'>): number {
  const rig = new SchedulerRig({ percentageOfNodesToScore: 0 })
  for (let i = 0; i < NODES; i++) {
    const labels = { [HOSTNAME]: `node-${i}`, [ZONE]: `zone-${i % 3}` }
    const status = { allocatable: { cpu: '16', memory: '64Gi', pods: '110' } }
    rig.node({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${i}`, labels }, status })
  }
  if (withService) {
    const metadata = { name: 'web', namespace: 'default' }
    rig.object({ apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: LABELS } })
  }
  const create = (name: string, given: Partial<PodSpec>) =>
    rig.createPod({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: LABELS },
      spec: {
        containers: [{ name: 'c', resources: { requests: { cpu: '100m', memory: '200Mi' } } }],
        ...given,
      },
    })
  const place = (pods: readonly ReturnType<typeof create>[]): void => {
    for (const pod of pods) {
      rig.cycle.schedule(pod)
      if (rig.cycle.node !== NONE) rig.snapshot.addPod(pod, rig.cycle.node)
    }
  }
  place(Array.from({ length: placedBefore }, (_, i) => create(`before-${i}`, before)))
  const pods = Array.from({ length: MEASURED }, (_, i) => create(`pod-${i}`, spec))
  const start = performance.now()
  place(pods)
  return (MEASURED / (performance.now() - start)) * 1000
}

/**
 * Whole scheduling cycles of the default profile, assuming each pod on its node; the reference are pods of which
 * neither plugin has anything to say.
 */
export const spreadAffinityBench: Bench = {
  name: 'spread-affinity',
  run() {
    return SCENARIOS.map((scenario): Row => {
      const { figure, goal } = scenario
      const subjects = [scenario, REFERENCE].map(subject => () => podsPerSecond(subject))
      const [value, reference] = interleaved(3, subjects)
      return {
        bench: 'spread-affinity',
        figure,
        unit: 'pods/s',
        value,
        reference,
        ratio: value / reference,
        goal,
      }
    })
  },
}
