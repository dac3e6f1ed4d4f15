/**
 * A webhook that changes new pods before they are checked and stored.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating (1.36).
 * Simplified: webhooks are components of the run, always there and answering at once.
 */
import type { PodTemplate } from '../../model/pod-template.js'
import type { PodDraft } from '../pod-draft.js'

export interface PodWebhook {
  /**
   * What the pod is to be made of instead; undefined: it stays as it is.
   * @param filled the pod with all its defaults
   */
  mutate(draft: PodDraft, filled: PodTemplate): PodTemplate | undefined
}
