/**
 * Rollback asked for by annotation: the template of an earlier revision becomes the present one.
 *
 * Upstream: pkg/controller/deployment/rollback.go (1.36); `kubectl rollout undo` patches the template instead.
 * Simplified: nothing known.
 */
import { Result } from '../../apiserver/result.js'
import type { PodTemplateSpec } from '../../model/workloads.js'
import type { DeploymentSync } from './deployment-sync.js'
import { syncRevision } from './new-replica-set.js'
import { allOf, type ReplicaSetView } from './replica-set-view.js'
import { isCopied, lastRevision, POD_TEMPLATE_HASH, REVISION, ROLLBACK_TO, revisionOf } from './revisions.js'

/** The revision asked for, 0 for the last one; undefined when no rollback is asked for. */
export function rollbackRevision({ annotations }: DeploymentSync): number | undefined {
  const text = annotations[ROLLBACK_TO]
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

export function rollback(sync: DeploymentSync, replicaSets: readonly ReplicaSetView[], asked: number): void {
  const all = allOf(syncRevision(sync, replicaSets, true))
  if (sync.failed) return
  const revision = asked === 0 ? lastRevision(all) : asked
  if (revision === 0) {
    sync.event('Warning', 'DeploymentRollbackRevisionNotFound', 'Unable to find last revision.')
    write(sync, sync.spec.template)
    return
  }
  const target = all.find(({ annotations }) => revisionOf(annotations) === revision)
  if (target === undefined) {
    const message = 'Unable to find the revision to rollback to.'
    sync.event('Warning', 'DeploymentRollbackRevisionNotFound', message)
    write(sync, sync.spec.template)
    return
  }
  const { [POD_TEMPLATE_HASH]: _, ...labels } = target.spec.template.metadata.labels
  const template = { ...target.spec.template, metadata: { ...target.spec.template.metadata, labels } }
  sync.annotations = rolledBack(sync.annotations, target.annotations)
  write(sync, template)
  sync.event('Normal', 'DeploymentRollback', `Rolled back deployment "${sync.name}" to revision ${revision}`)
}

/** The Deployment keeps its own annotations and takes the others from the revision. */
function rolledBack(own: Readonly<Record<string, string>>, target: Readonly<Record<string, string>>) {
  const kept = Object.entries(own).filter(([name]) => !isCopied(name))
  const taken = Object.entries(target).filter(([name]) => isCopied(name) && name !== REVISION)
  return Object.fromEntries([...kept, ...taken])
}

/** Writes the template and takes the request away, so that it is carried out once. */
function write(sync: DeploymentSync, template: PodTemplateSpec): void {
  const { [ROLLBACK_TO]: _, ...annotations } = sync.annotations
  const spec = template === sync.spec.template ? sync.spec : { ...sync.spec, template }
  sync.writes++
  sync.context.charge()
  const result = sync.context.api.objects.update(sync.id, { spec, annotations })
  if (result !== Result.Ok) sync.failed = true
}
