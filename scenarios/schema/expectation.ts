import { parseDuration, SECOND } from '../../engine/index.js'
import { describeValue } from '../describe-value.js'

export const COMPARISONS = ['<=', '>=', '==', '!=', '<', '>'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** What a metric of the run's summary must be. */
export interface Condition {
  readonly comparison: Comparison
  readonly value: number
}

const CONDITION = /^\s*(<=|>=|==|!=|=|<|>)?\s*([^\s<>=!].*?)\s*$/

/**
 * Reads `0`, `"< 30"`, `">= 60%"` or `"<= 90s"`; a duration where the metric is in seconds (its name ends in `_s`),
 * a percentage where it is a share. Answers a message when it is none of these.
 */
export function conditionOf(metric: string, written: string | number): Condition | string {
  if (typeof written === 'number') {
    return Number.isFinite(written)
      ? { comparison: '==', value: written }
      : `${written} is no number to compare with`
  }
  const parts = CONDITION.exec(written)
  if (parts === null) return refusal(written)
  const [, sign = '==', amount] = parts
  const value = amountOf(metric, amount)
  if (value === undefined) return refusal(written)
  return { comparison: sign === '=' ? '==' : (sign as Comparison), value }
}

function amountOf(metric: string, text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (text.endsWith('%') && metric.endsWith('_share')) {
    const percent = amountOf('', text.slice(0, -1).trim())
    return percent === undefined ? undefined : percent / 100
  }
  if (!metric.endsWith('_s')) return undefined
  const time = parseDuration(text)
  return time === undefined ? undefined : time / SECOND
}

function refusal(written: string): string {
  return `${describeValue(written)} is no condition; write a number, or for example "< 30", ">= 0.5" or "!= 0"`
}
