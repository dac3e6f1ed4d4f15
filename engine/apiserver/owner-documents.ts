/**
 * Owner references between the form of the API and the store's: manifests name owners by texts, the store by
 * numbers given at run time. A UID left out, or `@`, means the object of that kind and name in the same
 * namespace, `@other` the one in namespace `other`; a UID that was written in the manifest of another object
 * means that object. A UID that nobody has written says nothing here: the object of that name is meant, if
 * there is one.
 *
 * Upstream: metadata.ownerReferences of staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go (1.36).
 * Simplified: nothing known.
 */
import type { OwnerReference } from '../model/api-object.js'
import type { JsonFields } from '../model/patch/merge-patch.js'
import type { ApiServer } from './api-server.js'

interface WrittenReference {
  readonly apiVersion?: string
  readonly kind: string
  readonly name: string
  readonly uid?: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** UID of an owner that does not exist: no object has it. */
const NOBODY = 0
/** Marks the UIDs of this run in documents. */
const RUN_UID = 'uid-'

/** The references of an object whose manifest or document has this metadata. */
export function ownersOfDocument(api: ApiServer, metadata: JsonFields, namespace: string): OwnerReference[] {
  const references = (metadata['ownerReferences'] ?? []) as readonly WrittenReference[]
  return references.map(reference => {
    const { apiVersion, kind, name, controller = false, blockOwnerDeletion = false } = reference
    return {
      ...(apiVersion === undefined ? {} : { apiVersion }),
      kind,
      name,
      uid: uidOf(api, reference, namespace),
      controller,
      blockOwnerDeletion,
    }
  })
}

export function ownerDocuments(owners: readonly OwnerReference[]): readonly JsonFields[] {
  return owners.map(({ uid, ...reference }) => ({ ...reference, uid: RUN_UID + uid }))
}

function uidOf(api: ApiServer, { kind, name, uid = '' }: WrittenReference, namespace: string): number {
  if (uid.startsWith(RUN_UID)) return Number(uid.slice(RUN_UID.length))
  const { state } = api
  const written = state.writtenUids.get(uid)
  if (written !== undefined) return written
  const where = uid.length > 1 && uid.startsWith('@') ? uid.slice(1) : namespace
  if (kind === 'Node') {
    const node = state.nodes.find(name)
    return node === undefined ? NOBODY : state.nodes.uid[node]
  }
  if (kind === 'Pod') {
    const pod = state.pods.find(state.namespaceId(where), name)
    return pod === undefined ? NOBODY : state.pods.uid[pod]
  }
  const id = state.objects.find(kind, where, name) ?? state.objects.find(kind, '', name)
  return id === undefined ? NOBODY : state.objects.get(id).meta.uid
}
