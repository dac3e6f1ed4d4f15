import { invariant } from '../kernel/invariant.js'
import { type KubeletConfig, kubeletConfig } from '../model/kubelet-config.js'
import { newStorage } from '../model/new-storage.js'
import { newWorkload } from '../model/new-workload.js'
import { nodeAllocatable } from '../model/node-allocatable.js'
import { nodeReadyDelay } from '../model/pod-behaviour.js'
import type { Amounts, PodSpec } from '../model/pod-spec.js'
import { formatQuantity } from '../model/quantity.js'
import { amountOf } from '../model/resources.js'
import type { Manifest } from '../model/simulation-model.js'
import type { Taint } from '../model/taints.js'
import { NONE, type NodeId, type ObjectId, type PodId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import { NO_POOL } from './node-registry.js'
import { ownersOfDocument } from './owner-documents.js'
import { PodDraft } from './pod-draft.js'
import { type Created, isRefused } from './result.js'

/** The fields of a Node manifest that are simulated. */
interface NodeManifest {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean }
  readonly status?: {
    readonly capacity?: Readonly<Record<string, string>>
    readonly allocatable?: Readonly<Record<string, string>>
    readonly declaredFeatures?: readonly string[]
    readonly images?: readonly { readonly names?: readonly string[]; readonly sizeBytes?: number }[]
  }
}

/**
 * Creates the object of a manifest that has been validated and defaulted. Amounts that do not parse are a mistake of
 * the loader.
 *
 * Upstream: create handlers of staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go (1.36).
 * Simplified: fields that nothing simulates are kept on the object and never read.
 */
export function applyManifest(api: ApiServer, manifest: Manifest): Created<NodeId | PodId | ObjectId> {
  const created = createObject(api, manifest)
  const uid = manifest.metadata['uid']
  if (typeof uid === 'string' && !isRefused(created)) api.state.writtenUids.set(uid, api.state.lastUid)
  return created
}

function createObject(api: ApiServer, manifest: Manifest): Created<NodeId | PodId | ObjectId> {
  if (manifest.kind === 'Node') return applyNode(api, manifest)
  if (manifest.kind === 'Pod') return applyPod(api, manifest)
  const { apiVersion: _, kind, metadata, status = {}, spec = {}, ...rest } = manifest
  const written = { ...rest, ...(spec as object) }
  const created = api.objects.create({
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    owners: ownersOfDocument(api, metadata, metadata.namespace ?? ''),
    finalizers: (metadata['finalizers'] as string[] | undefined) ?? [],
    ...(newWorkload(kind, written) ??
      newStorage(kind, written, status as object) ?? { spec: written, status }),
  })
  // Written down while it was being deleted: it is still on its way out.
  if (metadata['deletionTimestamp'] !== undefined && !isRefused(created)) api.objects.delete(created)
  return created
}

function applyNode(api: ApiServer, manifest: Manifest): Created<NodeId> {
  const { spec = {}, status = {} } = manifest as NodeManifest
  const { annotations = {} } = manifest.metadata
  const kubelet = kubeletConfig(annotations)
  const { capacity = status.allocatable ?? {} } = status
  const reserving = kubelet === undefined ? capacity : allocatableOf(capacity, kubelet)
  const images = new Map<string, number>()
  for (const image of status.images ?? []) {
    for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0)
  }
  return api.nodes.create({
    name: manifest.metadata.name,
    labels: manifest.metadata.labels ?? {},
    ...(manifest.metadata.annotations === undefined ? {} : { annotations }),
    taints: spec.taints ?? [],
    unschedulable: spec.unschedulable ?? false,
    capacity: amounts(capacity),
    allocatable: amounts(status.allocatable ?? reserving),
    images,
    declaredFeatures: new Set(status.declaredFeatures),
    pool: NO_POOL,
    readyDelay: nodeReadyDelay(annotations),
    kubelet,
  })
}

/** What the kubelet of a node that says nothing of it leaves to its pods. */
function allocatableOf(capacity: Amounts, { reservations, thresholds }: KubeletConfig): Amounts {
  const left = nodeAllocatable(capacity, reservations, thresholds)
  return Object.fromEntries([...left].map(([name, quantity]) => [name, formatQuantity(quantity)]))
}

function applyPod(api: ApiServer, manifest: Manifest): Created<PodId> {
  const { state } = api
  const { nodeName, ...rest } = manifest['spec'] as PodSpec
  const node = nodeName === undefined ? undefined : state.nodes.find(nodeName)
  // The name of a node that does not exist stays in the spec: nobody can schedule such a pod.
  const spec: PodSpec = nodeName === undefined || node !== undefined ? rest : { ...rest, nodeName }
  const draft = new PodDraft()
  draft.namespace = state.namespaceId(manifest.metadata.namespace ?? 'default')
  draft.name = manifest.metadata.name
  draft.template = state.templateId({ spec, annotations: manifest.metadata.annotations ?? {} })
  draft.labels = state.labelsId(manifest.metadata.labels ?? {})
  draft.node = node ?? (NONE as NodeId)
  const owners = ownersOfDocument(api, manifest.metadata, manifest.metadata.namespace ?? 'default')
  const controller = owners.find(owner => owner.controller)
  if (controller !== undefined) draft.owner = state.objects.findByUid(controller.uid) ?? draft.owner
  draft.references = owners
  draft.finalizers = (manifest.metadata['finalizers'] as string[] | undefined) ?? []
  return api.pods.create(draft, spec.priority ?? 0)
}

function amounts(quantities: Readonly<Record<string, string>>): Record<string, number> {
  const parsed: Record<string, number> = {}
  for (const [name, quantity] of Object.entries(quantities)) {
    const amount = amountOf(name, quantity)
    invariant(amount !== undefined, `${name}: ${quantity} was validated as a quantity`)
    parsed[name] = amount
  }
  return parsed
}
