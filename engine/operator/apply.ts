import { applyManifest } from '../apiserver/apply-manifest.js'
import { patchObject } from '../apiserver/patch-object.js'
import { creationRefusal, isRefused, Result } from '../apiserver/result.js'
import { applyPatch } from '../model/patch/apply-patch.js'
import type { JsonFields } from '../model/patch/merge-patch.js'
import type { Manifest } from '../model/simulation-model.js'
import type { ClusterState } from '../state/cluster-state.js'
import { defineOperation } from './operation.js'

/**
 * Creates the object of a manifest, or makes one that exists as the manifest says; a refusal is reported with what the
 * API server says to it.
 * Upstream: staging/src/k8s.io/kubectl/pkg/cmd/apply/apply.go (1.36).
 * Simplified: what was applied before is remembered beside the objects, not in an annotation of theirs.
 */
export const apply = defineOperation('apply', ({ api, report }) => {
  const lastApplied = new Map<string, JsonFields>()
  return ({ manifest }) => {
    const { kind, metadata } = manifest
    const namespace = metadata.namespace ?? ''
    const object = `${kind}/${metadata.name}`
    const key = `${namespace}/${object}`
    const content = contentOf(manifest)
    if (exists(api.state, kind, namespace, metadata.name)) {
      const target = { kind, namespace, name: metadata.name }
      const patch = applyPatch(kind, lastApplied.get(key), content)
      const { result, message } = patchObject(api, target, 'strategic', patch)
      if (result !== Result.Ok) {
        report('apply', 'REJECTED', namespace, { object, error: message })
        return undefined
      }
      lastApplied.set(key, content)
      return { object, configured: true }
    }
    const registry = kind === 'Pod' ? api.pods : api.objects
    registry.refusal = ''
    const created = applyManifest(api, manifest)
    if (!isRefused(created)) {
      lastApplied.set(key, content)
      return { object }
    }
    const said = registry.refusal
    const error = said !== '' ? said : creationRefusal(kind, metadata.name, created)
    report('apply', 'REJECTED', namespace, { object, error })
    return undefined
  }
})

const NOT_APPLIED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status'])
const APPLIED_METADATA = ['labels', 'annotations', 'finalizers'] as const

/** What a manifest says of an object that a user may change. */
function contentOf(manifest: Manifest): JsonFields {
  const content: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(manifest)) if (!NOT_APPLIED.has(field)) content[field] = value
  const metadata: Record<string, unknown> = {}
  for (const field of APPLIED_METADATA) {
    const value = manifest.metadata[field]
    if (value !== undefined) metadata[field] = value
  }
  return { metadata, ...content }
}

function exists(state: ClusterState, kind: string, namespace: string, name: string): boolean {
  if (kind === 'Node') return state.nodes.find(name) !== undefined
  if (kind === 'Pod') return state.pods.find(state.namespaceId(namespace), name) !== undefined
  return state.objects.find(kind, namespace, name) !== undefined
}
