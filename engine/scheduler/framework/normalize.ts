/** The best score a plugin may give; the worst is 0. Upstream: MaxNodeScore. */
export const MAX_SCORE = 100

/**
 * Scales scores so that the highest becomes 100, whole numbers cut down; reversed, the highest becomes 0.
 *
 * Upstream: DefaultNormalizeScore of pkg/scheduler/framework/plugins/helper/normalize_score.go (1.36).
 * Simplified: nothing known.
 */
export function normalizeByHighest(scores: Float64Array, length: number, isReversed: boolean): void {
  let highest = 0
  for (let i = 0; i < length; i++) if (scores[i] > highest) highest = scores[i]
  if (highest === 0) {
    if (isReversed) scores.fill(MAX_SCORE, 0, length)
    return
  }
  for (let i = 0; i < length; i++) {
    const share = Math.floor((MAX_SCORE * scores[i]) / highest)
    scores[i] = isReversed ? MAX_SCORE - share : share
  }
}

/**
 * Stretches scores so that the lowest becomes 0 and the highest, and nothing else, 100; whole numbers cut down. Equal
 * ones all become 0.
 *
 * Upstream: none; for policies that score in units of their own.
 * Simplified: nothing known.
 */
export function normalizeByRange(scores: Float64Array, length: number): void {
  let lowest = Infinity
  let highest = -Infinity
  for (let i = 0; i < length; i++) {
    if (scores[i] < lowest) lowest = scores[i]
    if (scores[i] > highest) highest = scores[i]
  }
  const range = highest - lowest
  for (let i = 0; i < length; i++) {
    if (range === 0) scores[i] = 0
    else if (scores[i] === highest) scores[i] = MAX_SCORE
    else scores[i] = Math.min(Math.floor((MAX_SCORE * (scores[i] - lowest)) / range), MAX_SCORE - 1)
  }
}
