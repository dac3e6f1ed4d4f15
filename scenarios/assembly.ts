import {
  canonicalJson,
  didYouMean,
  type LabelledTemplate,
  type Manifest,
  type NodePool,
  type Operation,
  type PodSpec,
  type PodTrace,
  type SimTime,
} from '../engine/index.js'
import type { BehaviourRules } from './behaviour-rules.js'
import { ClaimedNames } from './claimed-names.js'
import type { Issue } from './issue.js'
import { isNamespaced } from './manifests/check-object.js'
import { dumpedRevisions } from './manifests/dumped-revisions.js'
import { endedBefore } from './manifests/ended-objects.js'
import { IgnoredFields } from './manifests/ignored-fields.js'
import { type Manifests, type PlacedManifest, readManifests } from './manifests/manifest-list.js'
import type { Unreadable } from './manifests/read-file.js'
import { ownerDepths } from './owner-order.js'
import { patchFaults } from './patched-objects.js'
import { type Path, valueAt } from './path.js'
import { PriorityClasses, type PriorityFault } from './priority-classes.js'
import type { ScenarioSource } from './scenario-source.js'
import type { LoadedTrace } from './traces/trace-reader.js'

/** Kinds whose objects controllers make, with names that no file knows, and the kinds they make them for. */
const MADE_FOR: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'Pod',
    ['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'],
  ],
  ['Job', ['CronJob']],
  ['ReplicaSet', ['Deployment']],
  ['ControllerRevision', ['StatefulSet', 'DaemonSet']],
  ['PersistentVolumeClaim', ['StatefulSet', 'Pod']],
  ['PersistentVolume', ['PersistentVolumeClaim', 'StatefulSet', 'Pod']],
  ['EndpointSlice', ['Service']],
])

interface PendingManifest {
  readonly placed: PlacedManifest
  readonly index: number
}

/** A model in the making: pools, templates, traces and operations, the names in use, and what is wrong with them. */
export class Assembly {
  readonly source: ScenarioSource
  readonly issues: Issue[] = []
  readonly nodePools: NodePool[] = []
  /** Pools whose nodes come and go with a node group. */
  readonly groupPools = new Set<number>()
  readonly podTemplates: LabelledTemplate[] = []
  readonly traces: PodTrace[] = []
  readonly #operations: Operation[] = []
  /** Where patches stand. */
  readonly #patches = new Map<Operation, Path>()
  readonly #templateIndexes = new Map<string, number>()
  readonly #readFile: (file: string) => Manifests | Unreadable
  readonly #poolNames = new Map<string, number>()
  readonly #poolSizes: number[] = []
  readonly #names = new ClaimedNames()
  readonly #priorities = new PriorityClasses()
  readonly #applied: PendingManifest[] = []
  /** Names that mistakes elsewhere keep from being known: those who name them are not blamed. */
  readonly #excuses: ((kind: string, name: string) => boolean)[] = []
  /** Checks of names that may be given further down in the file. */
  readonly #later: (() => void)[] = []
  readonly behaviour: BehaviourRules
  readonly ignored = new IgnoredFields()

  constructor(
    source: ScenarioSource,
    behaviour: BehaviourRules,
    readFile: (file: string) => Manifests | Unreadable,
  ) {
    this.source = source
    this.behaviour = behaviour
    this.#readFile = readFile
  }

  fault(path: Path, message: string, part?: 'key' | 'value'): void {
    this.issues.push(this.source.issue(path, message, part))
  }

  /** The scenario's own value at a path, before units were converted. */
  rawAt(path: Path): unknown {
    return valueAt(this.source.value, path)
  }

  operate(operation: Operation): void {
    this.#operations.push(operation)
  }

  /** A patch; what it makes of its object is checked once all objects are known. */
  patch(operation: Operation, path: Path): void {
    this.#patches.set(operation, path)
    this.operate(operation)
  }

  addPool(pool: NodePool, path: Path): number | undefined {
    if (this.#poolNames.has(pool.name)) {
      this.fault([...path, 'name'], `there is a pool "${pool.name}" already`)
      return undefined
    }
    this.#poolNames.set(pool.name, this.nodePools.length)
    this.#poolSizes.push(0)
    return this.nodePools.push(pool) - 1
  }

  /** The pool of that name; undefined when there is none, with a fault unless its definition has one already. */
  poolIndex(name: string, path: Path): number | undefined {
    const index = this.#poolNames.get(name)
    if (index !== undefined) return index
    const written = this.rawAt(['nodes'])
    const isBroken = Array.isArray(written) && written.some(pool => valueAt(pool, ['name']) === name)
    if (!isBroken)
      this.fault(path, `there is no node pool "${name}"${this.#hint(name, this.#poolNames.keys())}`)
    return undefined
  }

  #hint(name: string, known: Iterable<string>): string {
    const meant = didYouMean(name, known)
    return meant === undefined ? '' : `; did you mean "${meant}"?`
  }

  nextNodeNames(pool: number, count: number): string[] {
    const first = this.#poolSizes[pool]
    this.#poolSizes[pool] += count
    const { name } = this.nodePools[pool]
    return Array.from({ length: count }, (_, i) => `${name}-${first + i}`)
  }

  createNodes(at: SimTime, pool: number, names: readonly string[], path: Path): void {
    const taken = this.#names.claimNodes(names)
    if (taken !== undefined) this.fault(path, `there is a node "${taken}" already`)
    else if (names.length > 0) this.operate({ op: 'create-nodes', at, pool, names })
  }

  templateIndex(template: LabelledTemplate): number {
    const key = canonicalJson(template)
    let index = this.#templateIndexes.get(key)
    if (index === undefined) {
      index = this.podTemplates.push(template) - 1
      this.#templateIndexes.set(key, index)
    }
    return index
  }

  claimPodNames(namespace: string, names: readonly string[], path: Path): boolean {
    const taken = this.#names.claimPods(namespace, names)
    if (taken !== undefined) this.fault(path, `there is a pod "${taken}" in namespace ${namespace} already`)
    return taken === undefined
  }

  claimObjectName(kind: string, namespace: string, name: string, path: Path): void {
    if (!this.#names.claimObject(kind, namespace, name))
      this.fault(path, `there is a ${kind} "${name}" already`)
  }

  addTrace(trace: PodTrace): void {
    this.traces.push(trace)
  }

  /** Takes over nodes, templates and pods of a trace, which count from 0 in their own lists. */
  addLoadedTrace(trace: LoadedTrace, path: Path): void {
    const firstPool = this.nodePools.length
    for (const pool of trace.pools) {
      this.nodePools.push(pool)
      this.#poolSizes.push(0)
    }
    for (const { pool, names } of trace.nodes)
      this.createNodes(0, firstPool + pool, names, [...path, 'nodes'])
    const firstTemplate = this.podTemplates.length
    for (const { template, labels } of trace.templates) {
      const spec = this.admittedPodSpec(template.spec, path)
      this.podTemplates.push({ template: { ...template, spec }, labels })
    }
    for (const { at, manifest } of trace.jobs ?? []) {
      const { namespace = '', name } = manifest.metadata
      if (this.#names.claimObject('Job', namespace, name)) this.operate({ op: 'apply', at, manifest })
      else this.fault([...path, 'name'], `there is a Job "${name}" already`)
    }
    const { pods } = trace
    if (pods.names.length === 0 || !this.claimPodNames(pods.namespace, pods.names, [...path, 'pods'])) return
    const template = firstTemplate === 0 ? pods.template : pods.template.map(index => index + firstTemplate)
    this.addTrace({ ...pods, template })
  }

  applyFile(at: SimTime, file: string, path: Path): void {
    const read = this.#readFile(file)
    if ('unreadable' in read) this.fault(path, read.unreadable)
    else this.#applyAll(at, read)
  }

  applyInline(at: SimTime, value: unknown, path: Path): void {
    this.#applyAll(at, readManifests(value, this.source.locate, path))
  }

  /** All manifests of a kind that are applied at some time, in the order of the file. */
  appliedOfKind(kind: string): readonly Manifest[] {
    return this.#applied.map(({ placed }) => placed.manifest).filter(manifest => manifest.kind === kind)
  }

  /** Names that would be known if it were not for another mistake. */
  excuse(isMeant: (kind: string, name: string) => boolean): void {
    this.#excuses.push(isMeant)
  }

  #isExcused(kind: string, name: string): boolean {
    return this.#excuses.some(isMeant => isMeant(kind, name))
  }

  #applyAll(at: SimTime, { manifests, broken, issues }: Manifests): void {
    this.issues.push(...issues)
    if (broken.length > 0) {
      this.excuse((kind, name) => broken.some(object => object.kind === kind && object.name === name))
    }
    for (const placed of manifests) {
      const { manifest } = placed
      const { kind, metadata } = manifest
      const ended = endedBefore(manifest)
      if (ended !== undefined) {
        this.ignored.leaveOut(kind, ended)
        this.#names.claimObject(kind, metadata.namespace ?? '', metadata.name)
        continue
      }
      this.ignored.note(manifest)
      if (kind === 'PriorityClass') this.#priorities.add(manifest)
      const isNew = this.#names.claimObject(kind, metadata.namespace ?? '', metadata.name)
      if (isNew || this.#isAppliedBefore(manifest, at)) {
        this.#applied.push({ placed, index: this.#operations.length })
        this.operate({ op: 'apply', at, manifest: this.behaviour.apply(manifest) })
      } else {
        const message = `there is a ${kind} "${metadata.name}" already`
        this.issues.push({ ...placed.locate(['metadata', 'name']), message })
      }
    }
  }

  /** A manifest that comes again later changes its object. */
  #isAppliedBefore({ kind, metadata }: Manifest, at: SimTime): boolean {
    return this.#operations.some(
      operation =>
        operation.op === 'apply' &&
        operation.at < at &&
        operation.manifest.kind === kind &&
        operation.manifest.metadata.namespace === metadata.namespace &&
        operation.manifest.metadata.name === metadata.name,
    )
  }

  /** The spec with the priority of its class, which may be given further down. */
  admittedPodSpec(spec: PodSpec, path: Path): PodSpec {
    const admitted = this.#priorities.admit(spec)
    if ('spec' in admitted) return admitted.spec
    this.#later.push(() => {
      const fault = this.#priorityFault(spec)
      if (fault !== undefined) this.fault([...path, fault.field], fault.message)
    })
    return spec
  }

  #priorityFault(spec: PodSpec): PriorityFault | undefined {
    const admitted = this.#priorities.admit(spec)
    const { priorityClassName = '' } = spec
    return 'spec' in admitted || this.#isExcused('PriorityClass', priorityClassName) ? undefined : admitted
  }

  /** Checks in the end that an object of that name is made somewhere in the scenario. */
  requireObject(kind: string, namespace: string, name: string, path: Path): void {
    this.#later.push(() => {
      const makers = MADE_FOR.get(kind) ?? []
      if (this.#applied.some(({ placed }) => makers.includes(placed.manifest.kind))) return
      const where = isNamespaced(kind) ? namespace : ''
      if (this.#names.has(kind, where, name) || this.#isExcused(kind, name)) return
      const hint = this.#hint(name, this.#names.near(kind, where))
      const place = where === '' ? '' : ` in namespace ${where}`
      this.fault(path, `there is no ${kind} "${name}"${place}${hint}`)
    })
  }

  /** All operations, by time and then in the order of the file, once all names are known. */
  finish(): readonly Operation[] {
    for (const { placed, index } of this.#applied) this.#finishManifest(placed, index)
    for (const check of this.#later) check()
    this.#completeRevisions()
    const depths = ownerDepths(this.#operations)
    const operations = this.#operations
      .map((operation, index) => ({ operation, index, depth: depths[index] }))
      .sort((a, b) => a.operation.at - b.operation.at || a.depth - b.depth || a.index - b.index)
      .map(({ operation }) => operation)
    for (const { path, message } of patchFaults(operations, this.#patches)) this.fault(path, message)
    return operations
  }

  /** Revisions that dumped pods were made from, in place of those that were dumped with them. */
  #completeRevisions(): void {
    const applied = this.#applied.flatMap(({ index }) => {
      const operation = this.#operations[index]
      return operation.op === 'apply' ? [{ index, ...operation }] : []
    })
    for (const { manifest, owner } of dumpedRevisions(applied.map(operation => operation.manifest))) {
      const { kind, metadata } = manifest
      const { at = 0 } = applied.find(operation => operation.manifest === owner) ?? {}
      if (this.#names.claimObject(kind, metadata.namespace ?? '', metadata.name)) {
        this.operate({ op: 'apply', at, manifest })
        continue
      }
      for (const { index, manifest: other } of applied) {
        const isSame = other.kind === kind && other.metadata.namespace === metadata.namespace
        if (isSame && other.metadata.name === metadata.name)
          this.#operations[index] = { op: 'apply', at, manifest }
      }
    }
  }

  #finishManifest(placed: PlacedManifest, index: number): void {
    const { manifest, locate } = placed
    if (manifest.kind !== 'Pod') return
    const spec = manifest['spec'] as PodSpec
    const fault = this.#priorityFault(spec)
    if (fault !== undefined) this.issues.push({ ...locate(['spec', fault.field]), message: fault.message })
    const { nodeName } = spec
    if (
      nodeName !== undefined &&
      !this.#names.has('Node', '', nodeName) &&
      !this.#isExcused('Node', nodeName)
    ) {
      const hint = this.#hint(nodeName, this.#names.near('Node', ''))
      this.issues.push({ ...locate(['spec', 'nodeName']), message: `there is no Node "${nodeName}"${hint}` })
    }
    const operation = this.#operations[index]
    const admitted = this.#priorities.admit(spec)
    if (operation.op !== 'apply') return
    const finished: Manifest = { ...operation.manifest, spec: 'spec' in admitted ? admitted.spec : spec }
    this.#operations[index] = { ...operation, manifest: finished }
  }
}
