/**
 * The auditor: checks a run by its records alone, with none of the engine's own functions. What it finds are faults of
 * the simulator, never of the cluster that was simulated.
 *
 * - Life cycles are legal: times in order, a node for who was scheduled, an outcome for everybody.
 * - Every pod is accounted for, once.
 * - No node ever holds more requests than its allocatable.
 * - No eviction is granted beyond its budget.
 * - Pods that are deleted on a healthy node end within their grace period.
 * - Sums agree with their parts: pods by outcome, requests, prices times hours.
 */

import { groupedBy } from '../grouped-by.js'
import { figureFindings } from './figures.js'
import type { AuditFinding } from './finding.js'
import { type Row, type Rows, textOf, timeOf } from './rows.js'

/** Files that the rules need. */
export const AUDITED_RECORDS = [
  'runs',
  'pods',
  'nodes',
  'evictions',
  'budgets',
  'node-conditions',
  'failures',
  'services',
  'cost',
] as const

/** Half a microsecond: times come out of files as seconds. */
const EPSILON_S = 5e-7
/**
 * From the end of the grace period to the kubelet's last status: two seconds that a container always gets after a hook
 * or after others, and as many for watches and requests.
 */
const GRACE_SLACK_S = 4

/** Everything wrong; rules whose records are missing are not checked. */
export function audit(rows: Rows): readonly AuditFinding[] {
  const pods = rows.get('pods')
  if (pods === undefined) return []
  return [
    ...lifeCycles(pods),
    ...accounting(pods, rows.get('runs') ?? []),
    ...allocatables(pods, rows.get('nodes') ?? []),
    ...budgets(rows.get('evictions') ?? [], rows.get('budgets') ?? []),
    ...graces(pods, rows.get('node-conditions'), rows.get('failures') ?? []),
    ...figureFindings(rows),
  ]
}

function nameOf(pod: Row): string {
  return `${textOf(pod, 'namespace')}/${textOf(pod, 'name')}`
}

const ORDER: readonly (readonly [before: string, after: string])[] = [
  ['created_s', 'scheduled_s'],
  ['scheduled_s', 'started_s'],
  ['started_s', 'running_s'],
  ['running_s', 'ready_s'],
  ['started_s', 'finished_s'],
  ['created_s', 'deleted_s'],
  ['finished_s', 'deleted_s'],
]

function lifeCycles(pods: readonly Row[]): AuditFinding[] {
  const findings: AuditFinding[] = []
  const fault = (pod: Row, message: string): void => {
    findings.push({ rule: 'life-cycle', subject: nameOf(pod), message })
  }
  for (const pod of pods) {
    for (const [before, after] of ORDER) {
      const first = timeOf(pod, before)
      const second = timeOf(pod, after)
      if (first !== undefined && second !== undefined && second < first - EPSILON_S)
        fault(pod, `${after} ${second} lies before ${before} ${first}`)
    }
    const outcome = textOf(pod, 'outcome')
    if (timeOf(pod, 'scheduled_s') !== undefined && textOf(pod, 'node') === '')
      fault(pod, 'was scheduled to no node')
    if (timeOf(pod, 'running_s') !== undefined && timeOf(pod, 'started_s') === undefined)
      fault(pod, 'runs without having been started')
    if (outcome === 'running' && timeOf(pod, 'running_s') === undefined)
      fault(pod, 'is running but never ran')
    if (['running', 'pending', 'unschedulable'].includes(outcome) && timeOf(pod, 'deleted_s') !== undefined)
      fault(pod, `is ${outcome} and deleted`)
    if (outcome === '') fault(pod, 'has no outcome')
  }
  return findings
}

function accounting(pods: readonly Row[], [run]: readonly Row[]): AuditFinding[] {
  const seen = new Set<number>()
  const findings: AuditFinding[] = []
  const created = run === undefined ? pods.length : timeOf(run, 'pods_created')
  if (created !== pods.length) {
    const message = `${created} pods were created, ${pods.length} have a row`
    findings.push({ rule: 'accounting', subject: 'pods', message })
  }
  for (const pod of pods) {
    const uid = timeOf(pod, 'uid') ?? Number.NaN
    if (seen.has(uid)) findings.push({ rule: 'accounting', subject: nameOf(pod), message: 'has two rows' })
    seen.add(uid)
  }
  return findings
}

/** A change of what a node holds. */
interface Step {
  readonly at: number
  readonly amount: number
}

function allocatables(pods: readonly Row[], nodes: readonly Row[]): AuditFinding[] {
  const findings: AuditFinding[] = []
  const [anyPod = {}] = pods
  const resources = Object.keys(anyPod)
    .filter(column => column.startsWith('requested_'))
    .map(column => column.slice('requested_'.length))
  const byNode = groupedBy(pods, pod => textOf(pod, 'node'))
  const lives = groupedBy(nodes, node => textOf(node, 'name'))
  for (const [name, rows] of lives) {
    // Nodes that came back under an old name are told apart by nothing in the pods' rows.
    const [node] = rows
    if (rows.length > 1) continue
    for (const resource of resources) {
      const limit = timeOf(node, `allocatable_${resource}`)
      if (limit === undefined) continue
      const most = mostHeld(byNode.get(name) ?? [], `requested_${resource}`)
      if (most.amount > limit)
        findings.push({
          rule: 'allocatable',
          subject: name,
          message: `holds ${most.amount} of ${resource} at ${most.at} s, more than ${limit}`,
        })
    }
  }
  return findings
}

function mostHeld(pods: readonly Row[], column: string): Step {
  const steps: Step[] = []
  for (const pod of pods) {
    const amount = timeOf(pod, column) ?? 0
    const from = timeOf(pod, 'scheduled_s')
    if (amount === 0 || from === undefined) continue
    const until = timeOf(pod, 'finished_s') ?? timeOf(pod, 'deleted_s')
    steps.push({ at: from, amount })
    if (until !== undefined) steps.push({ at: until, amount: -amount })
  }
  steps.sort((a, b) => a.at - b.at || a.amount - b.amount)
  let held = 0
  let most: Step = { at: 0, amount: 0 }
  for (const { at, amount } of steps) {
    held += amount
    if (held > most.amount) most = { at, amount: held }
  }
  return most
}

function budgets(evictions: readonly Row[], statuses: readonly Row[]): AuditFinding[] {
  const keyOf = (row: Row): string => `${textOf(row, 'namespace')}/${textOf(row, 'budget')}`
  const byBudget = groupedBy(statuses, keyOf)
  const findings: AuditFinding[] = []
  const granted = new Map<string, number>()
  for (const row of evictions) {
    if (timeOf(row, 'code') !== 201 || textOf(row, 'budget') === '') continue
    const key = `${keyOf(row)} ${timeOf(row, 'time_s')}`
    granted.set(key, (granted.get(key) ?? 0) + 1)
  }
  for (const [key, count] of granted) {
    const [budget, time] = key.split(' ')
    const before = (byBudget.get(budget) ?? []).findLast(row => (timeOf(row, 'time_s') ?? 0) < Number(time))
    const allowed = before === undefined ? 0 : (timeOf(before, 'allowed') ?? 0)
    if (count > allowed) {
      const message = `granted ${count} evictions at ${time} s and allowed ${allowed}`
      findings.push({ rule: 'budget', subject: budget, message })
    }
  }
  return findings
}

/** Times at which a node was not well, by node. */
type Illness = ReadonlyMap<string, readonly (readonly [from: number, to: number])[]>

function graces(
  pods: readonly Row[],
  conditions: readonly Row[] | undefined,
  failures: readonly Row[],
): AuditFinding[] {
  if (conditions === undefined) return []
  const ill = illness(conditions, failures)
  const findings: AuditFinding[] = []
  for (const pod of pods) {
    const due = timeOf(pod, 'deletion_due_s')
    const finished = timeOf(pod, 'finished_s')
    const started = timeOf(pod, 'running_s')
    if (due === undefined || finished === undefined || started === undefined) continue
    const wasIll = (ill.get(textOf(pod, 'node')) ?? []).some(
      ([from, to]) => from <= finished && to >= started,
    )
    if (finished > due + GRACE_SLACK_S && !wasIll)
      findings.push({
        rule: 'grace',
        subject: nameOf(pod),
        message: `ended at ${finished} s, its grace period at ${due} s`,
      })
  }
  return findings
}

function illness(conditions: readonly Row[], failures: readonly Row[]): Illness {
  const ill = new Map<string, [number, number][]>()
  const add = (node: string, from: number, to: number): void => {
    const list = ill.get(node)
    if (list === undefined) ill.set(node, [[from, to]])
    else list.push([from, to])
  }
  for (const row of conditions) {
    if (textOf(row, 'condition') !== 'Ready' || textOf(row, 'status') === 'True') continue
    // How long it lasts is in the row that ends it; without one it lasts to the end of the run.
    add(textOf(row, 'node'), (timeOf(row, 'time_s') ?? 0) - 60, Infinity)
  }
  for (const row of failures)
    add(textOf(row, 'subject'), timeOf(row, 'from_s') ?? 0, timeOf(row, 'to_s') ?? Infinity)
  return ill
}
