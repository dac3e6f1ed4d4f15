/**
 * The admission controller as a webhook of the API server: gives new pods what their autoscaler recommends.
 * Upstream: vertical-pod-autoscaler/pkg/admission-controller/resource/pod/handler.go (VPA 1.8.1).
 * Simplified: it never fails and takes no time.
 */
import type { PodWebhook } from '../../apiserver/admission/pod-webhook.js'
import type { PodDraft } from '../../apiserver/pod-draft.js'
import type { PodTemplate } from '../../model/pod-template.js'
import type { ClusterState } from '../../state/cluster-state.js'
import { admitPod } from './admission.js'
import type { StoredAutoscalers } from './stored-autoscalers.js'
import { topmostController } from './target-controllers.js'
import { limitRangesOf, ownerOf } from './updater-loop.js'

export class PodAdmissionWebhook implements PodWebhook {
  readonly #state: ClusterState
  readonly #autoscalers: StoredAutoscalers

  constructor(state: ClusterState, autoscalers: StoredAutoscalers) {
    this.#state = state
    this.#autoscalers = autoscalers
  }

  mutate(draft: PodDraft, { spec, annotations }: PodTemplate): PodTemplate | undefined {
    if (this.#autoscalers.isEmpty) return undefined
    const state = this.#state
    const controller = ownerOf(state, draft.owner)
    if (controller === undefined) return undefined
    const namespace = state.namespaces.get(draft.namespace)
    const target = topmostController(state, namespace, controller)
    if (target === undefined) return undefined
    const autoscalers = this.#autoscalers.pointingAt(namespace, target)
    if (autoscalers.length === 0) return undefined
    const pod = {
      namespace,
      name: draft.name,
      labels: state.labelSets.get(draft.labels),
      annotations,
      controller,
      phase: 'Pending',
      isDeleted: false,
      conditions: [],
      containers: spec.containers,
      containerStatuses: [],
    }
    const admitted = admitPod(pod, autoscalers, () => target, limitRangesOf(state, namespace))
    if (admitted === undefined) return undefined
    return { spec: { ...spec, containers: admitted.containers }, annotations: admitted.annotations }
  }
}
