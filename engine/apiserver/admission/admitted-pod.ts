import type { SimTime } from '../../kernel/time.js'
import type { TemplateId } from '../../state/ids.js'
import type { PodDraft } from '../pod-draft.js'
import type { Refusal } from '../result.js'

/** A pod as admission lets it in. */
export interface AdmittedPod {
  readonly template: TemplateId
  readonly priority: number
}

/** Looks at pods before they are stored. */
export interface PodAdmission {
  admitPod(draft: PodDraft): AdmittedPod | Refusal
  /** When a request for a pod that arrives now will have been looked at. */
  podTurn(namespace: string, now: SimTime): SimTime
}
