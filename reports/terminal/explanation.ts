/**
 * The attempts of one pod for a person to read: kube-scheduler's own message, who rejected how many nodes and why, and
 * the scores of the best nodes, plugin by plugin.
 */
import Table from 'cli-table3'
import pc from 'picocolors'
import { count } from './figures.js'

/** A row of attempts.csv, cells as they are written. */
export type AttemptRow = Readonly<
  Record<
    | 'run'
    | 'time_s'
    | 'namespace'
    | 'name'
    | 'uid'
    | 'attempt'
    | 'profile'
    | 'result'
    | 'node'
    | 'total'
    | 'runner_up'
    | 'runner_up_total'
    | 'best_nodes'
    | 'nodes'
    | 'feasible'
    | 'rejected'
    | 'rejections'
    | 'victims'
    | 'message',
    string
  >
>

/** A row of scores.csv. */
export type ScoreRow = Readonly<
  Record<
    'run' | 'namespace' | 'name' | 'uid' | 'attempt' | 'node' | 'plugin' | 'reason' | 'score' | 'weight',
    string
  >
>

const TABLE_STYLE = { head: [], border: [], compact: true }
/** Nodes named as examples of a reason. */
const EXAMPLES = 3

/** The attempts in their order; `scores` are the rows of the same pod, `most` the nodes to show of each attempt. */
export function explainAttempts(
  attempts: readonly AttemptRow[],
  scores: readonly ScoreRow[],
  most: number,
): readonly string[] {
  return attempts.flatMap(attempt => {
    const own = scores.filter(row => isOf(row, attempt))
    return [...head(attempt), ...rejectionTable(own, attempt), ...scoreTable(own, attempt, most), '']
  })
}

function isOf(row: ScoreRow, { run, uid, attempt }: AttemptRow): boolean {
  return row.run === run && row.uid === uid && row.attempt === attempt
}

function head(row: AttemptRow): string[] {
  const { run, time_s: time, namespace, name, attempt, message } = row
  const lines = [
    `${pc.bold(`${namespace}/${name}`)}, attempt ${attempt} at ${time} s of ${run}: ${ending(row)}`,
  ]
  if (message !== '') lines.push(message)
  return lines
}

function ending(row: AttemptRow): string {
  const { result, node, total, runner_up: next, runner_up_total: nextTotal, best_nodes: best } = row
  if (result === 'unschedulable') return pc.red('no node')
  if (result === 'refused') return pc.red('refused after its node had been found')
  if (result === 'preempting')
    return `${pc.yellow('no node yet')}; ${row.victims} make room on ${pc.bold(node)}`
  if (total === '') return `${pc.green(node)}, the only node that passed`
  const tie = Number(best) > 1 ? ` (drawn among ${best} nodes with as many)` : ''
  return `${pc.green(node)} with ${total} points${tie}; next is ${next} with ${nextTotal}`
}

/** Each plugin and reason with its nodes, the most frequent first. */
function rejectionTable(rows: readonly ScoreRow[], { nodes, feasible, rejected }: AttemptRow): string[] {
  const groups = new Map<string, ScoreRow[]>()
  for (const row of rows) {
    if (row.reason === '') continue
    const key = JSON.stringify([row.plugin, row.reason])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  const seen =
    nodes === ''
      ? []
      : [`${nodes} nodes: ${feasible} passed, ${rejected} were rejected, the rest was not needed`]
  if (groups.size === 0) return seen
  const table = new Table({ head: ['rejected by', 'reason', 'nodes', 'for example'], style: TABLE_STYLE })
  for (const [{ plugin, reason, node }, ...others] of [...groups.values()].sort(
    (a, b) => b.length - a.length,
  )) {
    const named = [node, ...others.map(other => other.node)]
    const examples = named.slice(0, EXAMPLES).join(' ')
    table.push([plugin, reason, node === '' ? 'all' : count(named.length), examples])
  }
  return [...seen, table.toString()]
}

interface ScoredNode {
  readonly node: string
  readonly total: number
  readonly byPlugin: ReadonlyMap<string, ScoreRow>
}

/** The best nodes, a column a plugin; the chosen one is marked and always there. */
function scoreTable(rows: readonly ScoreRow[], { node: chosen }: AttemptRow, most: number): string[] {
  const plugins = new Map<string, string>()
  const byNode = new Map<string, Map<string, ScoreRow>>()
  for (const row of rows) {
    if (row.score === '') continue
    plugins.set(row.plugin, row.weight)
    const known = byNode.get(row.node)
    if (known === undefined) byNode.set(row.node, new Map([[row.plugin, row]]))
    else known.set(row.plugin, row)
  }
  if (byNode.size === 0) return []
  const ranked = [...byNode].map(([node, byPlugin]) => ({ node, total: totalOf(byPlugin), byPlugin }))
  ranked.sort((a, b) => b.total - a.total || Number(b.node === chosen) - Number(a.node === chosen))
  const table = new Table({
    head: ['node', 'total', ...[...plugins].map(([plugin, weight]) => `${plugin} x${weight}`)],
    colAligns: ['left', 'right', ...[...plugins].map(() => 'right' as const)],
    style: TABLE_STYLE,
    wordWrap: true,
  })
  for (const entry of ranked.slice(0, most)) table.push(scoreCells(entry, chosen, [...plugins.keys()]))
  const rest = ranked.length - most
  return rest > 0 ? [table.toString(), `and ${count(rest)} more nodes`] : [table.toString()]
}

function totalOf(byPlugin: ReadonlyMap<string, ScoreRow>): number {
  let total = 0
  for (const { score, weight } of byPlugin.values()) total += Number(score) * Number(weight)
  return total
}

function scoreCells(
  { node, total, byPlugin }: ScoredNode,
  chosen: string,
  plugins: readonly string[],
): string[] {
  const name = node === chosen ? pc.green(`${node} *`) : node
  return [name, String(total), ...plugins.map(plugin => byPlugin.get(plugin)?.score ?? '')]
}
