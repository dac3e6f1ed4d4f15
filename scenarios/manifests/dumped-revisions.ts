/**
 * The ControllerRevisions that the pods of a dump were made from. Their hashes are those of the cluster that was
 * dumped, which nobody can compute again; without its revision a StatefulSet or DaemonSet would replace every pod.
 * Upstream: status.updateRevision of StatefulSets, the label pod-template-generation of daemon pods
 * (pkg/controller/history/controller_history.go, pkg/controller/daemon/update.go, 1.36).
 * Simplified: only the newest revision; pods of others are replaced, as they would have been.
 */
import { type Labels, type Manifest, newWorkload } from '../../engine/index.js'

const REVISION_HASH = 'controller-revision-hash'
const TEMPLATE_GENERATION = 'pod-template-generation'
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

interface Templated {
  readonly template: { readonly metadata?: { readonly labels?: Labels } }
}

export interface DumpedRevision {
  readonly manifest: Manifest
  /** The set whose newest revision it is. */
  readonly owner: Manifest
}

/** One revision for each set whose newest one the dump names. */
export function dumpedRevisions(manifests: readonly Manifest[]): readonly DumpedRevision[] {
  return manifests.flatMap(owner => {
    const name = nameOfRevision(owner, manifests)
    return name === undefined ? [] : [{ owner, manifest: revisionOf(owner, name) }]
  })
}

function nameOfRevision(manifest: Manifest, manifests: readonly Manifest[]): string | undefined {
  const { kind, metadata } = manifest
  if (kind === 'StatefulSet') {
    const { updateRevision } = (manifest['status'] ?? {}) as { readonly updateRevision?: string }
    return updateRevision === '' ? undefined : updateRevision
  }
  const generation = metadata.annotations?.[GENERATION_ANNOTATION]
  if (kind !== 'DaemonSet' || generation === undefined) return undefined
  for (const { kind: other, metadata: pod } of manifests) {
    if (other !== 'Pod' || pod.namespace !== metadata.namespace) continue
    if (pod.labels?.[TEMPLATE_GENERATION] !== generation) continue
    const owners = (pod['ownerReferences'] ?? []) as readonly {
      readonly kind: string
      readonly name: string
    }[]
    const hash = pod.labels[REVISION_HASH]
    const isOwned = owners.some(owner => owner.kind === kind && owner.name === metadata.name)
    if (isOwned && hash !== undefined) return `${metadata.name}-${hash}`
  }
  return undefined
}

function revisionOf({ kind, metadata, ...rest }: Manifest, name: string): Manifest {
  // As it will be stored, so that it is the template of the set.
  const written = rest['spec'] as object
  const { template } = (newWorkload(kind, written)?.spec ?? written) as Templated
  const hash = name.slice(metadata.name.length + 1)
  const hashLabel = kind === 'DaemonSet' ? REVISION_HASH : 'controller.kubernetes.io/hash'
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind, name: metadata.name, controller: true, blockOwnerDeletion: true },
      ],
    },
    data: { spec: { template } },
    revision: 1,
  }
}
