/**
 * The records `attempts` and `scores`: why the scheduler put a pod where it did, attempt by attempt. They are written
 * while the cycle's own columns still hold the answer; nothing is kept afterwards.
 * Upstream: none; kube-scheduler logs scores at -v=10. The message is that of the PodScheduled condition (1.36).
 * Simplified: nothing known.
 */
import type { SimTime } from '../kernel/time.js'
import { columnIndex, defineRecord, type RecordSink, RecordTable } from './record-table.js'

export const ATTEMPTS_RECORD = defineRecord({
  name: 'attempts',
  about: 'One row for each scheduling attempt of an explained pod, in order of time.',
  columns: [
    { name: 'time_s', type: 'time', about: 'The cycle began.' },
    { name: 'namespace', type: 'text', about: 'Namespace of the pod.' },
    { name: 'name', type: 'text', about: 'Name of the pod.' },
    { name: 'uid', type: 'integer', about: 'Number of the pod, never used twice in a run.' },
    { name: 'attempt', type: 'integer', about: 'Number of the attempt, from 1.' },
    { name: 'profile', type: 'text', about: 'Scheduler name of the profile.' },
    {
      name: 'result',
      type: 'text',
      about:
        'scheduled; unschedulable; preempting: victims make room; refused: a plugin said no after the node was found.',
    },
    { name: 'node', type: 'text', about: 'The node chosen, or the one where room is being made.' },
    { name: 'total', type: 'number', about: 'Its weighted sum of scores; empty when it was the only one.' },
    { name: 'runner_up', type: 'text', about: 'The second best node.' },
    { name: 'runner_up_total', type: 'number', about: 'Its weighted sum.' },
    {
      name: 'best_nodes',
      type: 'integer',
      about: 'Nodes with the highest sum, among which a tie is broken.',
    },
    { name: 'nodes', type: 'integer', about: 'Nodes of the cluster.' },
    { name: 'feasible', type: 'integer', about: 'Nodes found that passed every filter.' },
    { name: 'rejected', type: 'integer', about: 'Nodes examined and rejected.' },
    {
      name: 'rejections',
      type: 'text',
      about: 'Plugin: nodes and reason, for each reason, most nodes first; separated by a vertical bar.',
    },
    { name: 'victims', type: 'text', about: 'Pods preempted for it, separated by spaces.' },
    { name: 'message', type: 'text', about: "kube-scheduler's own message when there was no node." },
  ],
})

export const SCORES_RECORD = defineRecord({
  name: 'scores',
  about: 'One row for each answer of a plugin about a node in an attempt of an explained pod.',
  columns: [
    { name: 'namespace', type: 'text', about: 'Namespace of the pod.' },
    { name: 'name', type: 'text', about: 'Name of the pod.' },
    { name: 'uid', type: 'integer', about: 'Number of the pod.' },
    { name: 'attempt', type: 'integer', about: 'Number of the attempt, from 1.' },
    { name: 'node', type: 'text', about: 'The node; empty when the plugin rejected the pod on all of them.' },
    { name: 'plugin', type: 'text', about: 'The plugin.' },
    { name: 'reason', type: 'text', about: 'Why it rejected the node; empty for a score.' },
    { name: 'score', type: 'number', about: 'Its normalised score of 0 to 100.' },
    { name: 'weight', type: 'number', about: 'Weight of the score in the sum.' },
  ],
})

const A = columnIndex(ATTEMPTS_RECORD)
const S = columnIndex(SCORES_RECORD)

/** The pod and the attempt that rows are about. */
export interface ExplainedAttempt {
  readonly at: SimTime
  readonly namespace: string
  readonly name: string
  readonly uid: number
  readonly attempt: number
  readonly profile: string
}

/** How an attempt went; absent fields stay empty. */
export interface AttemptOutcome {
  readonly result: 'scheduled' | 'unschedulable' | 'preempting' | 'refused'
  readonly node?: string | undefined
  readonly total?: number | undefined
  readonly runnerUp?: string | undefined
  readonly runnerUpTotal?: number | undefined
  readonly bestNodes?: number | undefined
  readonly nodes?: number
  readonly feasible?: number
  readonly rejected?: number
  readonly rejections?: string
  readonly victims?: string
  readonly message?: string
}

export interface ExplanationOptions {
  readonly attempts: boolean
  readonly scores: boolean
  /** Names of pods, with or without their namespace, `*` for any text; none: every pod. */
  readonly pods: readonly string[]
  readonly sink?: (record: 'attempts' | 'scores') => RecordSink | undefined
}

/** Writes the rows of both records. */
export class Explanations {
  readonly attempts: RecordTable<(typeof ATTEMPTS_RECORD)['columns'][number]['name']> | undefined
  readonly scores: RecordTable<(typeof SCORES_RECORD)['columns'][number]['name']> | undefined
  readonly #wanted: RegExp | undefined

  constructor({ attempts, scores, pods, sink }: ExplanationOptions) {
    if (attempts) this.attempts = new RecordTable(ATTEMPTS_RECORD, sink?.('attempts'))
    if (scores) this.scores = new RecordTable(SCORES_RECORD, sink?.('scores'))
    if (pods.length > 0) this.#wanted = new RegExp(`^(?:${pods.map(patternOf).join('|')})$`)
  }

  wants(namespace: string, name: string): boolean {
    return this.#wanted === undefined || this.#wanted.test(`${namespace}/${name}`)
  }

  attempt({ at, namespace, name, uid, attempt, profile }: ExplainedAttempt, outcome: AttemptOutcome): void {
    const table = this.attempts
    if (table === undefined) return
    table.add()
    table.set(A.time_s, at)
    table.setText(A.namespace, namespace)
    table.setText(A.name, name)
    table.set(A.uid, uid)
    table.set(A.attempt, attempt)
    table.setText(A.profile, profile)
    table.setText(A.result, outcome.result)
    table.setText(A.node, outcome.node ?? '')
    table.set(A.total, outcome.total ?? Number.NaN)
    table.setText(A.runner_up, outcome.runnerUp ?? '')
    table.set(A.runner_up_total, outcome.runnerUpTotal ?? Number.NaN)
    table.set(A.best_nodes, outcome.bestNodes ?? Number.NaN)
    table.set(A.nodes, outcome.nodes ?? Number.NaN)
    table.set(A.feasible, outcome.feasible ?? Number.NaN)
    table.set(A.rejected, outcome.rejected ?? Number.NaN)
    table.setText(A.rejections, outcome.rejections ?? '')
    table.setText(A.victims, outcome.victims ?? '')
    table.setText(A.message, outcome.message ?? '')
  }

  /** A plugin's score of a node. */
  score(attempt: ExplainedAttempt, node: string, plugin: string, score: number, weight: number): void {
    const table = this.scores
    if (table === undefined) return
    this.#answer(attempt, node, plugin)
    table.set(S.score, score)
    table.set(S.weight, weight)
  }

  /** A plugin's reason to reject a node, or with an empty name all nodes. */
  rejection(attempt: ExplainedAttempt, node: string, plugin: string, reason: string): void {
    const table = this.scores
    if (table === undefined) return
    this.#answer(attempt, node, plugin)
    table.setText(S.reason, reason)
  }

  #answer({ namespace, name, uid, attempt }: ExplainedAttempt, node: string, plugin: string): void {
    const table = this.scores
    if (table === undefined) return
    table.add()
    table.setText(S.namespace, namespace)
    table.setText(S.name, name)
    table.set(S.uid, uid)
    table.set(S.attempt, attempt)
    table.setText(S.node, node)
    table.setText(S.plugin, plugin)
  }
}

/** `web-*` is any pod whose name begins so, in any namespace. */
function patternOf(pod: string): string {
  const text = pod.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  return pod.includes('/') ? text : `[^/]*/${text}`
}
