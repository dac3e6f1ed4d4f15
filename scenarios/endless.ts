/**
 * What keeps a run from ever coming to an end by itself: without a duration it would go on until somebody kills it.
 * Upstream: nothing; clusters do not end.
 * Simplified: pods that never fit and containers that crash for ever are not foreseen; such runs have a limit.
 */
import type { Operation } from '../engine/index.js'
import type { ValidSections } from './validate.js'

const ENDLESS_KINDS: ReadonlySet<string> = new Set([
  'CronJob',
  'HorizontalPodAutoscaler',
  'VerticalPodAutoscaler',
])

/** The first thing that never comes to an end, in words. */
export function endlessPart(sections: ValidSections, operations: readonly Operation[]): string | undefined {
  if (sections.nodeGroups.length > 0) return 'the cluster autoscaler never stops looking'
  if (sections.descheduler !== undefined) return 'the descheduler never stops looking'
  if (sections.traffic.length > 0) return 'traffic never ends'
  const failing = sections.failures.find(({ value }) => value.every !== undefined)
  if (failing !== undefined)
    return `the failure ${failing.value.name ?? failing.value.model} comes again and again`
  for (const operation of operations) {
    if (!('manifest' in operation)) continue
    const { kind, metadata, spec } = operation.manifest as typeof operation.manifest & Suspended
    if (ENDLESS_KINDS.has(kind) && spec?.suspend !== true) return `the ${kind} "${metadata.name}" never ends`
  }
  return undefined
}

interface Suspended {
  readonly spec?: { readonly suspend?: boolean }
}
