/**
 * Patches of pods: labels, annotations, finalizers and the controlling owner; of the spec only what may
 * change in a pod that exists: images, tolerations added, scheduling gates taken away.
 *
 * Upstream: ValidatePodUpdate of pkg/apis/core/validation/validation.go (1.36).
 * Simplified: activeDeadlineSeconds may be set to any value.
 */
import { notFoundMessage } from '../model/kinds.js'
import type { Container, Labels, PodSpec } from '../model/pod-spec.js'
import { canonicalJson } from '../model/pod-template.js'
import { NONE, type ObjectId, type PodId } from '../state/ids.js'
import type { ApiServer } from './api-server.js'
import { ownerDocuments, ownersOfDocument } from './owner-documents.js'
import { ACCEPTED, type Answer, type ObjectDocument, type Patcher } from './patch.js'
import { desiredTemplate, resizePod, writeResize } from './resize-pod.js'
import { Result } from './result.js'

const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]
const FORBIDDEN = `spec: Forbidden: pod updates may not change fields other than ${CHANGEABLE.join(',')}`

export function patchPod(
  api: ApiServer,
  namespace: string,
  name: string,
  patcher: Patcher,
  subresource?: 'resize',
): Answer {
  const { state } = api
  const pod = state.pods.find(state.namespaceId(namespace), name)
  if (pod === undefined) return { result: Result.NotFound, message: notFoundMessage('Pod', name) }
  const before = documentOf(api, pod, namespace)
  const patched = patcher(before)
  if ('result' in patched) return patched
  const { metadata, spec } = patched.document
  if (subresource === 'resize') return resizePod(api, pod, spec as PodSpec)
  const template = { spec: spec as PodSpec, annotations: (metadata['annotations'] ?? {}) as Labels }
  if (!mayBecome(before['spec'] as PodSpec, template.spec)) {
    return { result: Result.Invalid, message: `Pod "${name}" is invalid: ${FORBIDDEN}` }
  }
  const uid = state.pods.uid[pod]
  const resize = state.pods.resizes[pod]
  const desired = state.templateId(template)
  if (resize === undefined) api.pods.patchTemplate(pod, uid, desired)
  else if (desired !== resize.desired) writeResize(api, pod, { ...resize, desired, pending: undefined })
  api.pods.patchLabels(pod, uid, state.labelsId((metadata['labels'] ?? {}) as Labels))
  if (
    canonicalJson(metadata['ownerReferences'] ?? []) !== canonicalJson(before.metadata['ownerReferences'])
  ) {
    const controller = ownersOfDocument(api, metadata, namespace).find(owner => owner.controller)
    const owner = controller === undefined ? undefined : state.objects.findByUid(controller.uid)
    api.pods.patchOwner(pod, uid, owner ?? (NONE as ObjectId))
  }
  const finalizers = (metadata['finalizers'] ?? []) as readonly string[]
  if (canonicalJson(finalizers) !== canonicalJson(before.metadata['finalizers'])) {
    api.pods.patchFinalizers(pod, finalizers)
  }
  return ACCEPTED
}

function documentOf(api: ApiServer, pod: PodId, namespace: string): ObjectDocument {
  const { pods, objects, templates, labelSets } = api.state
  const { spec, annotations } = templates.get(desiredTemplate(api.state, pod))
  const owner = pods.owner[pod] as ObjectId
  const owners =
    owner === NONE
      ? []
      : [
          {
            kind: objects.get(owner).kind,
            name: objects.get(owner).meta.name,
            uid: objects.get(owner).meta.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ]
  return {
    metadata: {
      name: pods.name[pod],
      namespace,
      labels: labelSets.get(pods.labelsOf(pod)),
      annotations,
      finalizers: api.pods.finalizers(pod),
      ownerReferences: ownerDocuments(owners),
    },
    spec,
  }
}

function mayBecome(before: PodSpec, after: PodSpec): boolean {
  if (before === after) return true
  const { tolerations: had = [] } = before
  const { tolerations: has = [] } = after
  const keepsTolerations = had.every((toleration, i) => canonicalJson(toleration) === canonicalJson(has[i]))
  const gates = new Set((before.schedulingGates ?? []).map(({ name }) => name))
  const addsNoGate = (after.schedulingGates ?? []).every(({ name }) => gates.has(name))
  return (
    keepsTolerations && addsNoGate && canonicalJson(fixedPart(before)) === canonicalJson(fixedPart(after))
  )
}

/** What a pod keeps for life. */
function fixedPart(spec: PodSpec): object {
  const { tolerations: _, schedulingGates: __, activeDeadlineSeconds: ___, ...rest } = spec
  const withoutImage = ({ image: ____, ...container }: Container): object => container
  return {
    ...rest,
    containers: spec.containers.map(withoutImage),
    initContainers: (spec.initContainers ?? []).map(withoutImage),
  }
}
