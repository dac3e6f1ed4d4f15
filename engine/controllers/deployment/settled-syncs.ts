/**
 * Syncs that would find nothing to do, told without making them. A sync follows from the Deployment, its ReplicaSets
 * and the time. One that wrote at most a status, after which time alone changes nothing, would do nothing again while
 * all of them are as it left them: half of all syncs are of this kind, as every status written brings the key back.
 *
 * Upstream: none; pkg/controller/deployment (1.36) makes every sync.
 * Simplified: nothing known.
 */
import type { ObjectId } from '../../state/ids.js'
import type { ControllerContext } from '../controller.js'
import type { DeploymentSync, Outlook } from './deployment-sync.js'

interface Settled {
  outlook: Outlook
  /** First sequence of the change log after the sync: whatever has this version or a later one has changed. */
  sequence: number
  /** The list that the index of owned objects gave; a change of it makes a new one. */
  replicaSets: readonly ObjectId[]
}

export class SettledSyncs {
  readonly #context: ControllerContext
  /** By row of the Deployment. */
  readonly #settled: (Settled | undefined)[] = []

  constructor(context: ControllerContext) {
    this.#context = context
  }

  /** The sync left things as its outlook says. */
  keep({ id, uid, outlook }: DeploymentSync): void {
    const { owned, state } = this.#context
    const replicaSets = owned.of(uid, 'ReplicaSet')
    const sequence = state.log.end
    const known = this.#settled[id]
    if (known === undefined) {
      this.#settled[id] = { outlook, sequence, replicaSets }
      return
    }
    known.outlook = outlook
    known.sequence = sequence
    known.replicaSets = replicaSets
  }

  /** Does what a sync would do that finds all as the last one left it; false when there may be more to do. */
  repeat(id: ObjectId): boolean {
    const known = this.#settled[id]
    if (known === undefined) return false
    const { owned, queue, state } = this.#context
    const { objects } = state
    const { sequence, replicaSets } = known
    const { meta } = objects.get(id)
    if (meta.resourceVersion >= sequence || owned.of(meta.uid, 'ReplicaSet') !== replicaSets) return false
    for (let i = 0; i < replicaSets.length; i++) {
      if (objects.get(replicaSets[i]).meta.resourceVersion >= sequence) return false
    }
    // One without a controller might be adopted.
    if (owned.orphans('ReplicaSet', meta.namespace).length > 0) return false
    if (known.outlook === 'retry in vain') queue.addInVain(id)
    return true
  }
}
