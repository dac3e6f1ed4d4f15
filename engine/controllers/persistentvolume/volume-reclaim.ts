/**
 * What happens to a volume whose claim has gone. Volumes of external drivers are left to their provisioners; of the
 * kinds the controller knows itself only host paths under /tmp can be deleted, and host paths and NFS be emptied.
 *
 * Upstream: reclaimVolume, deleteVolumeOperation, recycleVolumeOperation and findDeletablePlugin of
 * pkg/controller/volume/persistentvolume/pv_controller.go, pkg/volume/hostpath/host_path.go (1.36).
 * Simplified: emptying and deleting take no time and run no pod.
 */
import { PROVISIONED_BY } from '../../model/storage.js'
import type { ControllerContext } from '../controller.js'
import type { BindingWrites } from './binding-writes.js'
import type { StoredVolume } from './known-storage.js'

const IN_TREE = 'kubernetes.io/'

/** Nothing is done, the volume is deleted here, or why that cannot be. */
type Deletion = 'external' | 'here' | { readonly error: string }

export class VolumeReclaim {
  readonly #context: ControllerContext
  readonly #writes: BindingWrites

  constructor(context: ControllerContext, writes: BindingWrites) {
    this.#context = context
    this.#writes = writes
  }

  run(volume: StoredVolume): void {
    const { persistentVolumeReclaimPolicy: policy = 'Retain' } = volume.spec
    if (policy === 'Retain') return
    if (policy === 'Delete') this.#delete(volume)
    else if (policy === 'Recycle') this.#recycle(volume)
    else {
      const message = 'Volume has unrecognized PersistentVolumeReclaimPolicy'
      this.#fail(volume, 'VolumeUnknownReclaimPolicy', message)
    }
  }

  #delete(volume: StoredVolume): void {
    const deletion = deletionOf(volume)
    if (deletion === 'external') return
    if (deletion !== 'here') {
      this.#fail(volume, 'VolumeFailedDelete', deletion.error)
      return
    }
    this.#context.charge()
    this.#context.api.objects.delete(volume.id)
  }

  #recycle(volume: StoredVolume): void {
    const { claimRef, hostPath, nfs } = volume.spec
    if (claimRef === undefined) return
    const { pods, namespaces } = this.#context.state
    const users = [...this.#context.claimUsers.of(claimRef.namespace, claimRef.name)]
      .filter(pod => !pods.isFinished(pod))
      .map(pod => `${namespaces.get(pods.namespaceOf(pod))}/${pods.name[pod]}`)
    if (users.length > 0) {
      const message = `Volume is used by pods: ${users.sort().join(',')}`
      this.#writes.event(volume, 'Normal', 'VolumeFailedRecycle', message)
    } else if (hostPath === undefined && nfs === undefined) {
      this.#fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!')
    } else {
      this.#writes.event(volume, 'Normal', 'VolumeRecycled', 'Volume recycled')
      this.#writes.unbind(volume)
    }
  }

  /** Told once; later failures of the same volume are silent. */
  #fail(volume: StoredVolume, reason: string, message: string): void {
    if (volume.status.phase === 'Failed') return
    if (!this.#writes.setVolumePhase(volume, 'Failed', message)) return
    this.#writes.event(volume, 'Warning', reason, message)
  }
}

function deletionOf({ meta, spec }: StoredVolume): Deletion {
  const provisioner = meta.annotations[PROVISIONED_BY] ?? ''
  if (provisioner !== '') {
    if (!provisioner.startsWith(IN_TREE)) return 'external'
    return { error: `no volume plugin matched name: ${provisioner}` }
  }
  if (spec.csi !== undefined) return 'external'
  if (spec.hostPath === undefined) {
    const why = spec.nfs === undefined ? 'no volume plugin matched' : 'no deletable volume plugin matched'
    return { error: `error getting deleter volume plugin for volume "${meta.name}": ${why}` }
  }
  const { path } = spec.hostPath
  if (/\/tmp\/./.test(path)) return 'here'
  return { error: `host_path deleter only supports /tmp/.+ but received provided ${path}` }
}
