/**
 * An external provisioner of volumes: claims that name it get a volume after a while, and released volumes of
 * policy Delete are deleted. A class with the parameter `topology: node` ties its volumes to the node that
 * was selected.
 *
 * Upstream: sigs.k8s.io/sig-storage-lib-external-provisioner, as pkg/controller/volume/persistentvolume
 * (1.36) expects it.
 * Simplified: provisioning never fails, and capacity is not looked at.
 */
import type { ApiServer } from '../apiserver/api-server.js'
import type { EventKind } from '../kernel/kernel.js'
import type { SimTime } from '../kernel/time.js'
import type { OperationOf } from '../model/operations.js'
import {
  BETA_STORAGE_PROVISIONER,
  classOfClaim,
  type PersistentVolumeClaim,
  type PersistentVolumeSpec,
  type PersistentVolumeStatus,
  PROVISIONED_BY,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  type StorageClassSpec,
} from '../model/storage.js'
import { Change, Source } from '../state/change-log.js'
import type { ObjectId } from '../state/ids.js'
import { defineOperation, type OperatorContext } from './operation.js'

export const provisioner = defineOperation('provisioner', context => {
  const provisioners = new Provisioners(context)
  return operation => {
    provisioners.add(operation)
    return { name: operation.name }
  }
})

type Settings = OperationOf<'provisioner'>

class Provisioners {
  readonly #context: OperatorContext
  readonly #byName = new Map<string, Settings>()
  readonly #create: EventKind
  readonly #delete: EventKind
  /** UIDs of claims and volumes that are being worked on. */
  readonly #busy = new Set<number>()

  constructor(context: OperatorContext) {
    this.#context = context
    this.#create = context.on('provision', (claim, uid) => this.#provision(claim as ObjectId, uid))
    this.#delete = context.on('unprovision', (volume, uid) => this.#remove(volume as ObjectId, uid))
    const fields = Change.Added | Change.Annotations | Change.Spec | Change.Status
    context.informer.subscribe(Source.Objects, fields, row => this.#look(row as ObjectId))
  }

  add(settings: Settings): void {
    this.#byName.set(settings.name, settings)
    const { objects } = this.#context.api.state
    for (const kind of ['PersistentVolumeClaim', 'PersistentVolume'])
      for (const id of objects.ofKind(kind)) this.#look(id)
  }

  #look(id: ObjectId): void {
    const { objects } = this.#context.api.state
    if (!objects.exists(id)) return
    const { kind } = objects.get(id)
    if (kind === 'PersistentVolumeClaim') this.#lookAtClaim(id)
    else if (kind === 'PersistentVolume') this.#lookAtVolume(id)
  }

  #lookAtClaim(id: ObjectId): void {
    const claim = this.#claim(id)
    const { annotations, uid } = claim.meta
    const settings = this.#byName.get(
      annotations[STORAGE_PROVISIONER] ?? annotations[BETA_STORAGE_PROVISIONER] ?? '',
    )
    const storageClass = this.#classOf(claim)
    if (settings === undefined || storageClass === undefined || (claim.spec.volumeName ?? '') !== '') return
    const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer'
    if (waits && annotations[SELECTED_NODE] === undefined) return
    this.#begin(this.#create, id, uid, settings.createDelay)
  }

  #lookAtVolume(id: ObjectId): void {
    const { meta, spec, status } = this.#context.api.state.objects.get<
      PersistentVolumeSpec,
      PersistentVolumeStatus
    >(id)
    const settings = this.#byName.get(meta.annotations[PROVISIONED_BY] ?? '')
    const isOurs = settings !== undefined && spec.persistentVolumeReclaimPolicy === 'Delete'
    if (isOurs && status.phase === 'Released') this.#begin(this.#delete, id, meta.uid, settings.deleteDelay)
  }

  #begin(kind: EventKind, id: ObjectId, uid: number, delay: SimTime): void {
    if (this.#busy.has(uid)) return
    this.#busy.add(uid)
    const { kernel } = this.#context
    kernel.schedule(kernel.now + delay, kind, id, uid)
  }

  #provision(id: ObjectId, uid: number): void {
    this.#busy.delete(uid)
    const { api } = this.#context
    if (!isStill(api, id, uid)) return
    const claim = this.#claim(id)
    const storageClass = this.#classOf(claim)
    if (storageClass === undefined || (claim.spec.volumeName ?? '') !== '') return
    const { namespace, name, annotations } = claim.meta
    const node = storageClass.parameters?.['topology'] === 'node' ? annotations[SELECTED_NODE] : undefined
    const spec: PersistentVolumeSpec = {
      accessModes: claim.spec.accessModes ?? [],
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      csi: { driver: storageClass.provisioner, volumeHandle: volumeName(uid) },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: classOfClaim(claim),
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      ...(node === undefined ? {} : { nodeAffinity: onlyOn(node) }),
    }
    api.objects.create({
      kind: 'PersistentVolume',
      namespace: '',
      name: volumeName(uid),
      annotations: { [PROVISIONED_BY]: storageClass.provisioner },
      spec,
      status: { phase: 'Pending' },
    })
  }

  #remove(id: ObjectId, uid: number): void {
    this.#busy.delete(uid)
    const { api } = this.#context
    if (isStill(api, id, uid)) api.objects.delete(id)
  }

  #claim(id: ObjectId): PersistentVolumeClaim {
    return this.#context.api.state.objects.get(id) as PersistentVolumeClaim
  }

  #classOf(claim: PersistentVolumeClaim): ProvisionedClass | undefined {
    const { objects } = this.#context.api.state
    const id = objects.find('StorageClass', '', classOfClaim(claim))
    return id === undefined ? undefined : objects.get<ProvisionedClass>(id).spec
  }
}

type ProvisionedClass = StorageClassSpec & { readonly parameters?: Readonly<Record<string, string>> }

function isStill(api: ApiServer, id: ObjectId, uid: number): boolean {
  const { objects } = api.state
  return objects.exists(id) && objects.get(id).meta.uid === uid
}

/** `pvc-` and the claim's UID in the form of one. */
function volumeName(uid: number): string {
  return `pvc-${uid.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
}

function onlyOn(node: string): NonNullable<PersistentVolumeSpec['nodeAffinity']> {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] } as const
  return { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } }
}
