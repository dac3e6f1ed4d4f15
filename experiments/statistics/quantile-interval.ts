/**
 * A quantile of independent values and an interval for it by order statistics: the number of values below the true
 * quantile is binomial whatever the distribution, so two of the sorted values enclose it with a known probability,
 * never below the one asked for. With too few values there is no such interval: the median at 95 % needs six.
 * Follows H. A. David, H. N. Nagaraja, "Order Statistics", 3rd ed., section 7.1. Simplified: nothing known.
 */
import { logGamma } from './log-gamma.js'
import { orderQuantile } from './order-quantile.js'

export interface QuantileInterval {
  readonly value: number
  readonly low: number
  readonly high: number
}

export function quantileInterval(values: readonly number[], q: number, confidence: number): QuantileInterval {
  const sorted = Float64Array.from(values).sort()
  const { length: n } = sorted
  const value = n > 0 && q === 0.5 ? median(sorted) : orderQuantile(sorted, q)
  const tail = (1 - confidence) / 2
  // low is the sorted value number l, where P(B <= l - 1) <= tail; high is number h, where P(B >= h) <= tail.
  let [below, l] = [0, 0]
  for (let k = 0; k < n; k++) {
    below += binomial(k, n, q)
    if (below > tail) break
    l = k + 1
  }
  let [above, h] = [0, n + 1]
  for (let k = n; k > 0; k--) {
    above += binomial(k, n, q)
    if (above > tail) break
    h = k
  }
  const known = l >= 1 && h <= n
  return { value, low: known ? sorted[l - 1] : Number.NaN, high: known ? sorted[h - 1] : Number.NaN }
}

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function binomial(k: number, n: number, q: number): number {
  const choose = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
  return Math.exp(choose + k * Math.log(q) + (n - k) * Math.log1p(-q))
}
