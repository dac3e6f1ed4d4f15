import type { z } from 'zod'
import {
  type ClusterAutoscalerModel,
  DEFAULT_CONTROL_PLANE,
  type FailureSettings,
  NEVER,
  type NodePool,
  type Operation,
  type SimTime,
  type SimulationModel,
} from '../engine/index.js'
import { Assembly } from './assembly.js'
import { addNodePools, karpenterModel } from './autoscaling/karpenter.js'
import { autoscalerModel, type NodeGroupEntry } from './autoscaling/node-groups.js'
import { BehaviourRules } from './behaviour-rules.js'
import { deschedulerSettings } from './descheduler-settings.js'
import { endlessPart } from './endless.js'
import { type FailureInputs, failureSettings } from './failures/failure-settings.js'
import { timesOfSchedule } from './failures/schedule-times.js'
import type { Issue } from './issue.js'
import type { IgnoredField } from './manifests/ignored-fields.js'
import type { Manifests } from './manifests/manifest-list.js'
import type { Unreadable } from './manifests/read-file.js'
import { nodePool } from './node-pool.js'
import { OPERATIONS } from './operations/index.js'
import type { OperationDefinition } from './operations/operation.js'
import { formatPath, type Path, valueAt } from './path.js'
import type { ScenarioSource } from './scenario-source.js'
import { scheduleZones } from './schedule-zones.js'
import { type SchedulerInputs, schedulerSettings } from './scheduler-settings.js'
import { epochSecondsOf } from './schema/epoch.js'
import { type Condition, conditionOf } from './schema/expectation.js'
import type { ScenarioSections } from './schema.js'
import type { LoadedTrace, MissingFile } from './traces/trace-reader.js'
import { buildTraffic, type TrafficInputs } from './traffic/build-traffic.js'
import type { ValidSections } from './validate.js'

/** What building asks of the world: the files that a scenario names. */
export interface Inputs extends SchedulerInputs, Pick<FailureInputs, 'outages'>, TrafficInputs {
  manifests(file: string): Manifests | Unreadable
  trace(options: ScenarioSections['traces'][number]): Promise<LoadedTrace | MissingFile>
  /** Whether whoever runs the model sets a limit, so that no duration is needed. */
  readonly isLimited: boolean
}

/** A metric that somebody expects something of. */
export interface NamedMetric {
  readonly metric: string
  /** Without a message. */
  readonly issue: Issue
}

/** What a metric of the summary must be in the end. */
export interface MetricCondition extends Condition {
  readonly metric: string
}

export interface Built {
  /** Undefined when something is wrong. */
  readonly model: SimulationModel | undefined
  readonly conditions: readonly MetricCondition[]
  /** What the conditions are about, and where that stands. */
  readonly metrics: readonly NamedMetric[]
  readonly issues: readonly Issue[]
  /** What nothing simulates of the manifests. */
  readonly ignored: readonly IgnoredField[]
}

/** Builds the model from everything that fits the schema, and looks for names that lead nowhere. */
export async function build(
  source: ScenarioSource,
  name: string,
  sections: ValidSections,
  inputs: Inputs,
): Promise<Built> {
  const behaviour = new BehaviourRules(sections.behaviour.map(({ value }) => value))
  const assembly = new Assembly(source, behaviour, file => inputs.manifests(file))
  excuseBroken(sections, assembly)
  addPools(sections.nodes, assembly)
  const clusterAutoscaler = addGroups(sections, assembly)
  if (sections.karpenter !== undefined) addNodePools(sections.karpenter, assembly)
  for (const { index, value } of sections.workloads) addWorkload(value, ['workloads', index], assembly)
  for (const { index, value } of sections.traces) {
    const path = ['traces', index]
    const loaded = await inputs.trace(value)
    if ('option' in loaded || loaded.issues.length > 0) {
      const { nodes, pods } = value
      assembly.excuse(
        kind => (kind === 'Node' && nodes !== undefined) || (kind === 'Pod' && pods !== undefined),
      )
    }
    if ('option' in loaded) assembly.fault([...path, loaded.option], loaded.message)
    else {
      assembly.issues.push(...loaded.issues)
      assembly.addLoadedTrace(loaded, path)
    }
  }
  for (const { index, value } of sections.timeline) translate(value, ['timeline', index], assembly)
  const karpenter =
    sections.karpenter === undefined ? undefined : karpenterModel(sections.karpenter, assembly)
  const failures = await failuresOf(sections, inputs, assembly)
  const traffic = await buildTraffic(sections, inputs, assembly)
  const conditions = sections.expect.flatMap(({ value }) => conditionsOf(value))
  const metrics = namedMetrics(sections, source)
  const operations = assembly.finish()
  const { about, seed, epoch, controlPlane, kubelet, measure } = sections
  const schedulerClient = controlPlane?.schedulerClient ?? DEFAULT_CONTROL_PLANE.schedulerClient
  const scheduler =
    sections.scheduler === undefined
      ? undefined
      : schedulerSettings(sections.scheduler, schedulerClient, inputs, assembly)
  const descheduler =
    sections.descheduler === undefined
      ? undefined
      : deschedulerSettings(sections.descheduler, inputs, assembly)
  checkEnd(sections, operations, inputs, assembly)
  const epochSeconds = epoch === undefined ? undefined : epochSecondsOf(epoch)
  const isWhole =
    about !== undefined &&
    seed !== undefined &&
    epochSeconds !== undefined &&
    controlPlane !== undefined &&
    kubelet !== undefined &&
    scheduler !== undefined &&
    measure !== undefined
  const ignored = assembly.ignored.list()
  if (!isWhole || assembly.issues.length > 0)
    return { model: undefined, conditions, metrics, issues: assembly.issues, ignored }
  const until = sections.duration ?? NEVER
  const timeZones = await scheduleZones(operations, epochSeconds, until)
  const model: SimulationModel = {
    name,
    about,
    seed,
    until,
    maxEvents: sections.maxEvents ?? Number.POSITIVE_INFINITY,
    epochSeconds,
    timeZones,
    controlPlane: { ...controlPlane, schedulerClient: scheduler.client },
    kubelet,
    scheduler: scheduler.settings,
    ...(descheduler === undefined ? {} : { descheduler }),
    nodePools: assembly.nodePools,
    ...(clusterAutoscaler === undefined ? {} : { clusterAutoscaler }),
    ...(karpenter === undefined ? {} : { karpenter }),
    podTemplates: assembly.podTemplates,
    traces: assembly.traces,
    operations,
    failures,
    ...(traffic === undefined ? {} : { traffic }),
    measure: { interval: measure.every, records: measure.records },
  }
  return { model: frozen(model), conditions, metrics, issues: [], ignored }
}

async function failuresOf(
  { failures, duration = NEVER, epoch = '' }: ValidSections,
  inputs: Inputs,
  assembly: Assembly,
): Promise<readonly FailureSettings[]> {
  const settings: FailureSettings[] = []
  const cronTimes = (schedule: string): readonly SimTime[] | string =>
    timesOfSchedule(schedule, epochSecondsOf(epoch) ?? 0, duration)
  for (const { index, value } of failures) {
    const path = ['failures', index]
    const { outages } = inputs
    const read = await failureSettings(
      value,
      path,
      { outages: (format, options) => outages.call(inputs, format, options), cronTimes },
      assembly,
    )
    if (read === undefined) continue
    if (settings.some(({ name }) => name === read.name))
      assembly.fault(
        [...path, value.name === undefined ? 'model' : 'name'],
        `there is a failure "${read.name}" already; give it a name of its own`,
      )
    else settings.push(read)
  }
  return settings
}

/** Pools, pods and traces that do not fit the schema still have names that other entries may give. */
function excuseBroken({ nodes, nodeGroups, timeline, traces }: ValidSections, assembly: Assembly): void {
  const namesIn = (section: string, valid: readonly { readonly index: number }[]): readonly unknown[] => {
    const written = assembly.rawAt([section])
    if (!Array.isArray(written)) return []
    const known = new Set(valid.map(({ index }) => index))
    return written.filter((_, i) => !known.has(i)).map(item => valueAt(item, ['name']))
  }
  const broken = [...namesIn('nodes', nodes), ...namesIn('nodeGroups', nodeGroups)]
  const pools = broken.map(name => `${String(name)}-`)
  const pods = namesIn('timeline', timeline).map(name => `${String(name)}-`)
  assembly.excuse((kind, name) => kind === 'Node' && pools.some(pool => name.startsWith(pool)))
  assembly.excuse((kind, name) => kind === 'Pod' && pods.some(prefix => name.startsWith(prefix)))
  if (namesIn('traces', traces).length > 0) assembly.excuse(kind => kind === 'Node' || kind === 'Pod')
}

function addPools(pools: ValidSections['nodes'], assembly: Assembly): void {
  for (const { index, value } of pools) {
    const path = ['nodes', index]
    const pool = {
      ...nodePool(value, path, assembly),
      zones: value.zones,
      unschedulable: value.unschedulable,
    }
    const added = assembly.addPool(pool, path)
    if (added !== undefined)
      assembly.createNodes(0, added, assembly.nextNodeNames(added, value.count), [...path, 'name'])
  }
}

/** The node groups and what scales them. */
function addGroups(sections: ValidSections, assembly: Assembly): ClusterAutoscalerModel | undefined {
  const { nodeGroups, clusterAutoscaler } = sections
  const prefixes = nodeGroups.map(({ value }) => `${value.name}-`)
  assembly.excuse((kind, name) => kind === 'Node' && prefixes.some(prefix => name.startsWith(prefix)))
  const poolOf = (value: NodeGroupEntry, index: number): NodePool => ({
    ...nodePool(value, ['nodeGroups', index], assembly),
    zones: value.zone === undefined ? [] : [value.zone],
  })
  return autoscalerModel(nodeGroups, clusterAutoscaler, poolOf, assembly)
}

/** A file of manifests, or a manifest in place, which starts at 0. */
function addWorkload(value: ScenarioSections['workloads'][number], path: Path, assembly: Assembly): void {
  const { file, at, ...rest } = value
  if (file === undefined) {
    const written = assembly.rawAt(path) as Readonly<Record<string, unknown>>
    if (written['at'] === undefined) assembly.applyInline(0, written, path)
    else assembly.fault([...path, 'at'], 'only a file has a time; others are applied in the timeline', 'key')
    return
  }
  const stray = Object.keys(rest)
  for (const key of stray) assembly.fault([...path, key], `unknown key "${key}"; known are file, at`, 'key')
  if (stray.length === 0) assembly.applyFile(at, file, [...path, 'file'])
}

function translate(entry: ScenarioSections['timeline'][number], path: Path, assembly: Assembly): void {
  // The schema chose the entry's shape by `op`, and so does this.
  const definition = OPERATIONS.find(({ op }) => op === entry.op) as
    | OperationDefinition<z.ZodType>
    | undefined
  definition?.translate(entry, path, assembly)
}

function namedMetrics({ expect }: ValidSections, source: ScenarioSource): readonly NamedMetric[] {
  return expect.flatMap(({ index, value }) =>
    Object.keys(value).map(metric => {
      const path = ['expect', index, metric]
      return { metric, issue: { ...source.locate(path, 'key'), path: formatPath(path), message: '' } }
    }),
  )
}

/** A run that never ends needs a duration. Where something else is wrong, nobody knows yet what will be in it. */
function checkEnd(
  sections: ValidSections,
  operations: readonly Operation[],
  { isLimited }: Inputs,
  assembly: Assembly,
): void {
  if (isLimited || assembly.issues.length > 0 || assembly.rawAt(['duration']) !== undefined) return
  const endless = endlessPart(sections, operations)
  if (endless === undefined) return
  assembly.fault(['duration'], `is missing, and the run would have no end: ${endless}`)
}

function conditionsOf(expectation: ScenarioSections['expect'][number]): readonly MetricCondition[] {
  return Object.entries(expectation).flatMap(([metric, written]) => {
    const condition = conditionOf(metric, written)
    return typeof condition === 'string' ? [] : [{ metric, ...condition }]
  })
}

/** Freezes plain data all the way down; typed arrays cannot be frozen. */
function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || Object.isFrozen(value)) {
    return value
  }
  Object.freeze(value)
  // A list of names is frozen as a whole; looking at 50,000 strings finds nothing more.
  if (Array.isArray(value) && typeof value[0] !== 'object') return value
  for (const child of Object.values(value)) frozen(child)
  return value
}
