/**
 * Rules of the auditor about figures that have to agree with one another: outcomes with times, sums with their parts,
 * prices with hours.
 */
import type { AuditFinding } from './finding.js'
import { type Row, type Rows, textOf, timeOf } from './rows.js'

/** Of an amount, or of one where amounts are smaller: what sums of fractions may be off by. */
const TOLERANCE = 1e-6
/** Times are written to the microsecond. */
const CLOCK_S = 2e-6
const OUTCOMES = ['succeeded', 'failed', 'evicted', 'deleted', 'running', 'pending', 'unschedulable']
const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed'])

export function figureFindings(rows: Rows): readonly AuditFinding[] {
  const pods = rows.get('pods') ?? []
  const [run] = rows.get('runs') ?? []
  return [
    ...pods.flatMap(outcomeFindings),
    ...placeFindings(pods, rows.get('nodes')),
    ...(run === undefined ? [] : sumFindings(pods, run)),
    ...grantFindings(pods, rows.get('evictions')),
    ...requestFindings(rows.get('services') ?? []),
    ...costFindings(rows.get('cost') ?? [], run),
  ]
}

function podName(pod: Row): string {
  return `${textOf(pod, 'namespace')}/${textOf(pod, 'name')}`
}

function outcomeFindings(pod: Row): AuditFinding[] {
  const found: AuditFinding[] = []
  const fault = (message: string): void => {
    found.push({ rule: 'life-cycle', subject: podName(pod), message })
  }
  const outcome = textOf(pod, 'outcome')
  if (outcome !== '' && !OUTCOMES.includes(outcome)) fault(`has the outcome ${outcome}, which is none`)
  if (ENDED.has(outcome) && timeOf(pod, 'finished_s') === undefined)
    fault(`has ${outcome} but never finished`)
  if (outcome === 'running' && timeOf(pod, 'finished_s') !== undefined) fault('is running and finished')
  const [created, scheduled] = [timeOf(pod, 'created_s'), timeOf(pod, 'scheduled_s')]
  const wait = timeOf(pod, 'wait_s')
  if (created !== undefined && scheduled !== undefined && wait !== undefined) {
    if (Math.abs(scheduled - created - wait) > CLOCK_S)
      fault(`waited ${wait} s, and ${rounded(scheduled - created)} s lie between created_s and scheduled_s`)
  }
  return found
}

function placeFindings(pods: readonly Row[], nodes: readonly Row[] | undefined): AuditFinding[] {
  if (nodes === undefined) return []
  const names = new Set(nodes.map(node => textOf(node, 'name')))
  return pods
    .filter(pod => textOf(pod, 'node') !== '' && !names.has(textOf(pod, 'node')))
    .map(pod => {
      const message = `lies on the node ${textOf(pod, 'node')}, which there never was`
      return { rule: 'accounting', subject: podName(pod), message }
    })
}

/** Figures of the summary that count rows of pods. */
function sumFindings(pods: readonly Row[], run: Row): AuditFinding[] {
  const counts: readonly (readonly [metric: string, count: number])[] = [
    ['pods_scheduled', pods.filter(pod => timeOf(pod, 'scheduled_s') !== undefined).length],
    ...OUTCOMES.map((outcome): [string, number] => [
      `pods_${outcome}`,
      pods.filter(pod => textOf(pod, 'outcome') === outcome).length,
    ]),
  ]
  return counts.flatMap(([metric, count]): AuditFinding[] => {
    const told = timeOf(run, metric)
    if (told === undefined || told === count) return []
    return [{ rule: 'accounting', subject: metric, message: `is ${told}, and ${count} rows of pods say so` }]
  })
}

/** Nobody is evicted by the API without having been granted. */
function grantFindings(pods: readonly Row[], evictions: readonly Row[] | undefined): AuditFinding[] {
  if (evictions === undefined) return []
  const granted = new Set(
    evictions
      .filter(row => (timeOf(row, 'code') ?? 0) < 300)
      .map(row => `${textOf(row, 'namespace')}/${textOf(row, 'pod')}`),
  )
  return pods
    .filter(pod => textOf(pod, 'reason') === 'EvictionByEvictionAPI' && !granted.has(podName(pod)))
    .map(pod => ({
      rule: 'budget',
      subject: podName(pod),
      message: 'was evicted by the API, which granted it to nobody of that name',
    }))
}

/** What is sent in an interval is answered, refused or lost, or makes the backlog so much longer. */
function requestFindings(rows: readonly Row[]): AuditFinding[] {
  const backlogs = new Map<string, number>()
  return rows.flatMap((row): AuditFinding[] => {
    const subject = `${textOf(row, 'namespace')}/${textOf(row, 'service')}`
    const [sent, served, refused, lost, backlog] = ['requests', 'served', 'refused', 'lost', 'backlog'].map(
      column => timeOf(row, column) ?? 0,
    )
    const told = served + refused + lost + backlog - (backlogs.get(subject) ?? 0)
    backlogs.set(subject, backlog)
    if (isNear(sent, told)) return []
    const until = textOf(row, 'time_s')
    const message = `got ${rounded(sent)} requests up to ${until} s, and ${rounded(told)} are accounted for`
    return [{ rule: 'accounting', subject, message }]
  })
}

function costFindings(machines: readonly Row[], run: Row | undefined): AuditFinding[] {
  const found: AuditFinding[] = []
  const fault = (subject: string, message: string): void => {
    found.push({ rule: 'accounting', subject, message })
  }
  let sum = 0
  for (const row of machines) {
    const [price, hours, cost] = ['price_per_hour', 'hours', 'cost'].map(column => timeOf(row, column) ?? 0)
    sum += cost
    const subject = textOf(row, 'node')
    if (!isNear(price * hours, cost))
      fault(subject, `costs ${cost}, and ${hours} hours at ${price} are ${rounded(price * hours)}`)
    const [from, until] = [timeOf(row, 'from_s') ?? 0, timeOf(row, 'until_s')]
    if (until !== undefined && !isNear((until - from) / 3600, hours))
      fault(subject, `was paid for ${hours} hours, and was there for ${rounded((until - from) / 3600)}`)
  }
  const total = run === undefined ? undefined : timeOf(run, 'cost_total')
  if (machines.length > 0 && total !== undefined && !isNear(total, sum))
    fault('cost_total', `is ${total}, and the machines cost ${rounded(sum)}`)
  return found
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b))
}

function rounded(value: number): number {
  return Number(value.toFixed(6))
}
