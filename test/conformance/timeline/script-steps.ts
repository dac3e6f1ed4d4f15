/** Translates the steps of a recorded script into operations of the model. */
import {
  type Manifest,
  NEVER,
  type Operation,
  parseDuration,
  SECOND,
  type SimTime,
  type Taint,
} from '../../../engine/index.js'
import { isNamespaced } from '../../../scenarios/manifests/check-object.js'

export interface Script {
  readonly name: string
  readonly description?: string
  readonly duration: string | number
  readonly steps: readonly Step[]
  readonly secondOfMinute?: number
  readonly lifecycle?: boolean
  readonly provisioner?: {
    readonly name: string
    readonly createSeconds: number
    readonly deleteSeconds: number
  }
}

interface Target {
  readonly kind: string
  readonly name: string | readonly string[]
  readonly namespace?: string
}

/** One step: `at`, and one of the others. */
export interface Step {
  readonly at: string | number
  readonly apply?: readonly Manifest[]
  readonly patch?: Target & { readonly type?: 'strategic' | 'merge' | 'json'; readonly patch: unknown }
  readonly scale?: Target & { readonly replicas: number }
  readonly delete?: Partial<Target> & {
    readonly kind: string
    readonly selector?: string
    readonly count?: number
    readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
    readonly gracePeriodSeconds?: number
  }
  readonly cordon?: readonly string[]
  readonly uncordon?: readonly string[]
  readonly drain?: {
    readonly nodes: readonly string[]
    readonly retrySeconds?: number
    readonly timeoutSeconds?: number
    readonly cordonAllFirst?: boolean
  }
  readonly evict?: { readonly selector?: string; readonly pod?: string; readonly namespace?: string }
  readonly killNode?: readonly string[]
  readonly reviveNode?: readonly string[]
  readonly condition?: Omit<Extract<Operation, { op: 'condition' }>, 'op' | 'at'>
  readonly taint?: {
    readonly nodes: readonly string[]
    readonly add?: readonly Taint[]
    readonly remove?: readonly string[]
  }
  readonly podReady?: {
    readonly selector: string
    readonly ready: boolean | null
    readonly namespace?: string
  }
  readonly load?: {
    readonly app: string
    readonly totalMilli?: number
    readonly perPodMilli?: number
    readonly maxMilli?: number
  }
}

const DEFAULT_NAMESPACE = 'app'

type Translator = (step: Step, at: SimTime) => Operation[]

/** One line a step; a step that is not here is a mistake of the script. */
const TRANSLATORS: Readonly<Record<string, Translator>> = {
  apply: ({ apply = [] }, at) => apply.map(manifest => ({ op: 'apply', at, manifest })),
  patch: ({ patch }, at) => [
    { op: 'patch', at, ...objectName(patch!), type: patch!.type ?? 'strategic', patch: patch!.patch },
  ],
  scale: ({ scale }, at) => [{ op: 'scale', at, ...objectName(scale!), replicas: scale!.replicas }],
  delete: (step, at) => [deletion(step, at)],
  cordon: ({ cordon = [] }, at) => [{ op: 'cordon', at, nodes: cordon }],
  uncordon: ({ uncordon = [] }, at) => [{ op: 'uncordon', at, nodes: uncordon }],
  drain: ({ drain }, at) => [
    {
      op: 'drain',
      at,
      nodes: drain!.nodes,
      retryAfter: (drain!.retrySeconds ?? 5) * SECOND,
      timeout: drain!.timeoutSeconds === undefined ? NEVER : drain!.timeoutSeconds * SECOND,
      cordonAllFirst: drain!.cordonAllFirst ?? false,
    },
  ],
  evict: ({ evict }, at) => [
    {
      op: 'evict',
      at,
      namespace: evict!.namespace ?? DEFAULT_NAMESPACE,
      names: evict!.pod === undefined ? [] : [evict!.pod],
      ...(evict!.selector === undefined ? {} : { selector: evict!.selector }),
    },
  ],
  killNode: ({ killNode = [] }, at) => [{ op: 'kill-node', at, nodes: killNode }],
  reviveNode: ({ reviveNode = [] }, at) => [{ op: 'revive-node', at, nodes: reviveNode }],
  condition: ({ condition }, at) => [{ op: 'condition', at, ...condition! }],
  taint: ({ taint }, at) => [
    { op: 'taint', at, nodes: taint!.nodes, add: taint!.add ?? [], remove: taint!.remove ?? [] },
  ],
  podReady: ({ podReady }, at) => [
    {
      op: 'pod-ready',
      at,
      namespace: podReady!.namespace ?? DEFAULT_NAMESPACE,
      selector: podReady!.selector,
      ...(podReady!.ready === null ? {} : { ready: podReady!.ready }),
    },
  ],
  load: ({ load }, at) => [
    {
      op: 'load',
      at,
      app: load!.app,
      ...(load!.totalMilli === undefined ? {} : { totalMilliCPU: load!.totalMilli }),
      ...(load!.perPodMilli === undefined ? {} : { perPodMilliCPU: load!.perPodMilli }),
      ...(load!.maxMilli === undefined ? {} : { maxMilliCPU: load!.maxMilli }),
    },
  ],
}

export function stepOperations(step: Step, start: SimTime): Operation[] {
  const name = Object.keys(step).find(key => key !== 'at' && key !== 'comment') ?? ''
  const translate = TRANSLATORS[name]
  if (translate === undefined) throw new Error(`unknown step "${name}"`)
  return translate(step, start + secondsOf(step.at))
}

function objectName({ kind, name, namespace }: Target): { kind: string; namespace: string; name: string } {
  return { kind, namespace: namespaceOf(kind, namespace), name: String(name) }
}

function namespaceOf(kind: string, namespace: string | undefined): string {
  return isNamespaced(kind) ? (namespace ?? DEFAULT_NAMESPACE) : ''
}

function deletion({ delete: step }: Step, at: SimTime): Operation {
  const { kind, name = [], namespace, selector, count, propagation, gracePeriodSeconds } = step!
  return {
    op: 'delete',
    at,
    kind,
    namespace: namespaceOf(kind, namespace),
    names: typeof name === 'string' ? [name] : name,
    ...(selector === undefined ? {} : { selector }),
    ...(count === undefined ? {} : { count }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  }
}

/** `20s`, or a number of seconds. */
export function secondsOf(text: string | number): SimTime {
  const time = typeof text === 'number' ? Math.round(text * SECOND) : parseDuration(text)
  if (time === undefined) throw new Error(`"${text}" is no duration`)
  return time
}
