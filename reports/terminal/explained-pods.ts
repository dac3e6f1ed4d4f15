/** All explained pods at a glance: how many attempts each took, where it is, and why the last attempt failed. */
import Table from 'cli-table3'
import pc from 'picocolors'
import type { AttemptRow } from './explanation.js'
import { count } from './figures.js'

/** The table of pods, those that wait first, then those with the most attempts; at most so many. */
export function explainedPods(attempts: readonly AttemptRow[], most: number): readonly string[] {
  const last = new Map<string, AttemptRow>()
  for (const row of attempts) last.set(`${row.run} ${row.uid}`, row)
  const pods = [...last.values()]
  const waiting = ({ result }: AttemptRow): boolean => result !== 'scheduled'
  pods.sort((a, b) => Number(waiting(b)) - Number(waiting(a)) || Number(b.attempt) - Number(a.attempt))
  const table = new Table({
    head: ['run', 'pod', 'attempts', 'last attempt', 'message'],
    colAligns: ['left', 'left', 'right', 'left', 'left'],
    colWidths: [null, null, null, null, MESSAGE_COLUMNS],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  for (const { run, namespace, name, attempt, result, node, message } of pods.slice(0, most)) {
    const ending = result === 'scheduled' ? pc.green(node) : pc.red(result)
    table.push([run, `${namespace}/${name}`, attempt, ending, message])
  }
  const left = pods.length - most
  const sum = `${count(pods.length)} pods explained, ${count(pods.filter(waiting).length)} of them without a node`
  return [sum, table.toString(), ...(left > 0 ? [`and ${count(left)} more pods`] : [])]
}

const MESSAGE_COLUMNS = 70
