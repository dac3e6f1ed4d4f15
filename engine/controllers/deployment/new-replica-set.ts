/**
 * The ReplicaSet of the present template: found among the Deployment's, brought up to date, or created.
 *
 * Upstream: pkg/controller/deployment/sync.go getAllReplicaSetsAndSyncRevision, getNewReplicaSet (1.36).
 * Simplified: nothing known.
 */
import { isRefused, Result } from '../../apiserver/result.js'
import { type ConditionStatus, findCondition } from '../../model/conditions.js'
import { Rounding, resolveIntOrPercent } from '../../model/int-or-percent.js'
import type { LabelSelector } from '../../model/labels.js'
import type { Labels } from '../../model/pod-spec.js'
import { canonicalJson } from '../../model/pod-template.js'
import { templateHash } from '../../model/template-hash.js'
import { NEW_REPLICA_SET_STATUS, type PodTemplateSpec, type ReplicaSetSpec } from '../../model/workloads.js'
import type { ObjectId } from '../../state/ids.js'
import { controllerOf } from '../owned-objects.js'
import { ownReference } from './claim-replica-sets.js'
import type { DeploymentSync } from './deployment-sync.js'
import { maxSurgeOf } from './fenceposts.js'
import {
  byCreation,
  type ReplicaSets,
  type ReplicaSetView,
  viewOf,
  wantedReplicas,
} from './replica-set-view.js'
import { maxRevision, newReplicaSetAnnotations, POD_TEMPLATE_HASH, REVISION, withSizes } from './revisions.js'

/**
 * Sorts the Deployment's ReplicaSets into the newest and the old, and brings revisions up to date. Asked again by the
 * same sync, as upstream asks at each turn, it finds the same unless it wrote something.
 */
export function syncRevision(
  sync: DeploymentSync,
  replicaSets: readonly ReplicaSetView[],
  createIfMissing: boolean,
): ReplicaSets {
  const known = sync.sets
  if (known !== undefined && (known.newest !== undefined || !createIfMissing)) return known
  const { writes } = sync
  const sorted = replicaSets.length < 2 ? replicaSets : replicaSets.toSorted(byCreation)
  const found = sorted.find(({ spec }) => haveSameTemplate(spec.template, sync.spec.template))
  const old = sorted.filter(replicaSet => replicaSet !== found)
  const revision = maxRevision(old) + 1
  let newest: ReplicaSetView | undefined
  if (found !== undefined) newest = updateNewest(sync, found, revision)
  else if (createIfMissing) newest = createNewest(sync, old, revision)
  const sets = { newest, old }
  if (sync.writes === writes) sync.sets = sets
  return sets
}

function updateNewest(sync: DeploymentSync, found: ReplicaSetView, newRevision: number): ReplicaSetView {
  const { minReadySeconds } = sync.spec
  const annotations = newReplicaSetAnnotations(found.annotations, sync.annotations, newRevision)
  if (annotations !== found.annotations || found.spec.minReadySeconds !== minReadySeconds) {
    const spec =
      found.spec.minReadySeconds === minReadySeconds ? found.spec : { ...found.spec, minReadySeconds }
    sync.updateReplicaSet(found, { annotations, spec })
    return sync.failed ? found : sync.view(found.id)
  }
  let isChanged = setRevision(sync, found.annotations[REVISION])
  if (sync.hasProgressDeadline && findCondition(sync.status.conditions, 'Progressing') === undefined) {
    setProgressing(sync, 'True', 'FoundNewReplicaSet', `Found new replica set "${found.name}"`)
    isChanged = true
  }
  if (isChanged) sync.writeStatus()
  return found
}

function createNewest(
  sync: DeploymentSync,
  old: readonly ReplicaSetView[],
  newRevision: number,
): ReplicaSetView | undefined {
  const { spec } = sync
  const hash = templateHash(spec.template, sync.status.collisionCount)
  const name = `${sync.name}-${hash}`
  const replicas = newestReplicas(sync, old, undefined)
  const annotations = withSizes(
    newReplicaSetAnnotations({}, sync.annotations, newRevision),
    spec.replicas,
    spec.replicas + maxSurgeOf(spec),
  )
  const template = withHash(spec.template, hash)
  const newSpec: ReplicaSetSpec = {
    replicas,
    minReadySeconds: spec.minReadySeconds,
    selector: selectorWithHash(spec.selector, hash),
    template,
  }
  sync.writes++
  sync.context.charge()
  const created = sync.context.api.objects.create({
    kind: 'ReplicaSet',
    namespace: sync.namespace,
    name,
    labels: template.metadata.labels,
    annotations,
    owners: [ownReference(sync)],
    spec: newSpec,
    status: NEW_REPLICA_SET_STATUS,
  })
  if (created === Result.AlreadyExists) return takeExisting(sync, name, newRevision)
  if (isRefused(created)) {
    reportRefusal(sync, name, created)
    return undefined
  }
  if (replicas > 0) {
    sync.event('Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`)
  }
  let isChanged = setRevision(sync, String(newRevision))
  if (sync.hasProgressDeadline) {
    setProgressing(sync, 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`)
    isChanged = true
  }
  if (isChanged) sync.writeStatus()
  return sync.view(created)
}

/**
 * A ReplicaSet of that name exists. It is ours when it has our template and we control it; else two templates share a
 * hash, and the next try counts the collision in.
 */
function takeExisting(sync: DeploymentSync, name: string, newRevision: number): ReplicaSetView | undefined {
  const { objects } = sync.context.state
  const id = objects.find('ReplicaSet', sync.namespace, name) as ObjectId
  const view = viewOf(sync.context.state, id, sync.context.clock)
  const isOurs = controllerOf(objects.get(id).meta.owners)?.uid === sync.uid
  if (isOurs && haveSameTemplate(view.spec.template, sync.spec.template)) {
    if (setRevision(sync, String(newRevision))) sync.writeStatus()
    return view
  }
  sync.status = { ...sync.status, collisionCount: (sync.status.collisionCount ?? 0) + 1 }
  sync.writeStatus()
  sync.failed = true
  return undefined
}

function reportRefusal(sync: DeploymentSync, name: string, refusal: Result): void {
  sync.failed = true
  if (refusal === Result.NamespaceTerminating) return
  const message = `Failed to create new replica set "${name}": replicasets.apps "${name}" is forbidden`
  if (sync.hasProgressDeadline) {
    setProgressing(sync, 'False', 'ReplicaSetCreateError', message)
    sync.writeStatus()
  }
  sync.event('Warning', 'ReplicaSetCreateError', message)
}

/** How many pods the newest ReplicaSet may have now; undefined stands for one that does not exist yet. */
export function newestReplicas(
  { spec }: DeploymentSync,
  old: readonly ReplicaSetView[],
  newest: ReplicaSetView | undefined,
): number {
  const { strategy, replicas } = spec
  if (strategy.type === 'Recreate') return replicas
  const maxSurge = resolveIntOrPercent(strategy.rollingUpdate.maxSurge, replicas, Rounding.Up) ?? 0
  const present = newest?.spec.replicas ?? 0
  const room = replicas + maxSurge - (wantedReplicas(old) + present)
  if (room <= 0) return present
  return present + Math.min(room, replicas - present)
}

function setRevision(sync: DeploymentSync, revision: string | undefined): boolean {
  if (revision === undefined || sync.annotations[REVISION] === revision) return false
  sync.annotations = { ...sync.annotations, [REVISION]: revision }
  return true
}

function setProgressing(
  sync: DeploymentSync,
  status: ConditionStatus,
  reason: string,
  message: string,
): void {
  sync.setCondition(sync.condition('Progressing', status, reason, message))
}

function withHash(template: PodTemplateSpec, hash: string): PodTemplateSpec {
  const labels = labelsWithHash(template.metadata.labels, hash)
  return { ...template, metadata: { ...template.metadata, labels } }
}

function selectorWithHash(selector: LabelSelector, hash: string): LabelSelector {
  return { ...selector, matchLabels: labelsWithHash(selector.matchLabels, hash) }
}

/** All of one hidden class, which a spread with one more label would not give. */
function labelsWithHash(labels: Labels | null | undefined, hash: string): Labels {
  const all: Record<string, string> = Object.assign({}, labels)
  all[POD_TEMPLATE_HASH] = hash
  return all
}

/** By template: the one of a Deployment that it was last found to be the same as. */
const sameTemplates = new WeakMap<PodTemplateSpec, PodTemplateSpec>()
const templateKeys = new WeakMap<PodTemplateSpec, string>()

function haveSameTemplate(own: PodTemplateSpec, wanted: PodTemplateSpec): boolean {
  if (sameTemplates.get(own) === wanted) return true
  if (templateKey(own) !== templateKey(wanted)) return false
  sameTemplates.set(own, wanted)
  return true
}

/** Equal for templates that differ only in the hash label. */
function templateKey(template: PodTemplateSpec): string {
  let key = templateKeys.get(template)
  if (key === undefined) {
    const { [POD_TEMPLATE_HASH]: _, ...labels } = template.metadata.labels
    key = canonicalJson({ ...template, metadata: { ...template.metadata, labels } })
    templateKeys.set(template, key)
  }
  return key
}
