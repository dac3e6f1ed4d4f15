/**
 * The answers of the eviction subresource, in upstream's words.
 *
 * Upstream: pkg/registry/core/pod/storage/eviction.go, apimachinery pkg/api/errors/errors.go (1.36).
 * Simplified: nothing known.
 */

/** The answer to an eviction; 201 has only the code. */
export interface EvictionAnswer {
  /** 201 accepted; 429 refused by the budget; 403, 404, 409; 500 for a pod with several budgets. */
  readonly code: number
  readonly reason?: string
  readonly message?: string
  readonly causes?: readonly string[]
  /** 0: the server suggests nothing. */
  readonly retryAfterSeconds?: number
}

/** Answers are shared by many requests, so their texts are made once. */
const texts = new WeakMap<EvictionAnswer, string>()

/** Message and causes in one line; empty for an accepted eviction. */
export function answerText(answer: EvictionAnswer): string {
  let text = texts.get(answer)
  if (text === undefined) {
    const { message = '', causes = [] } = answer
    text = [message, ...causes].filter(part => part !== '').join('; ')
    texts.set(answer, text)
  }
  return text
}

export const ACCEPTED: EvictionAnswer = { code: 201 }

export const SEVERAL_BUDGETS: EvictionAnswer = {
  code: 500,
  message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
}

export function podNotFound(pod: string): EvictionAnswer {
  return { code: 404, reason: 'NotFound', message: `pods "${pod}" not found`, retryAfterSeconds: 0 }
}

export function budgetNotFound(budget: string): EvictionAnswer {
  const message = `poddisruptionbudgets.policy "${budget}" not found`
  return { code: 404, reason: 'NotFound', message, retryAfterSeconds: 0 }
}

export function budgetConflict(budget: string): EvictionAnswer {
  const message =
    `Operation cannot be fulfilled on poddisruptionbudgets.policy "${budget}": the object has been modified; ` +
    'please apply your changes to the latest version and try again'
  return { code: 409, reason: 'Conflict', message, retryAfterSeconds: 0 }
}
