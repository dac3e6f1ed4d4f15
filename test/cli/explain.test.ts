import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { explainSession } from '../../cli/explain-session.js'
import type { RunArguments } from '../../cli/run-options.js'
import { runSession } from '../../cli/run-session.js'

/*
 * NodeResourcesFit alone scores, by LeastAllocated over cpu: web-0 of one cpu leaves 3/4 of small and 7/8 of large, 75
 * and 87 points; web-1 of 6 cpus fits nowhere but on large, web-2 on none; big waits behind a taint.
 */
const SCENARIO = `
scheduler:
  profiles:
    - plugins:
        score: { disabled: [{ name: '*' }], enabled: [{ name: NodeResourcesFit, weight: 2 }] }
      pluginConfig:
        - name: NodeResourcesFit
          args: { scoringStrategy: { resources: [{ name: cpu, weight: 1 }] } }
nodes:
  - { name: small, count: 1, capacity: { cpu: 4, memory: 8Gi } }
  - { name: large, count: 1, capacity: { cpu: 8, memory: 8Gi } }
  - { name: kept, count: 1, capacity: { cpu: 8, memory: 8Gi }, taints: [{ key: mine, effect: NoSchedule }] }
timeline:
  - { at: 1s, op: createPods, name: first, requests: { cpu: 1 } }
  - { at: 2s, op: createPods, name: web, requests: { cpu: 6 } }
  - { at: 3s, op: createPods, name: web-too, requests: { cpu: 6 } }
duration: 1m
`

class Explained {
  readonly out = join(mkdtempSync(join(tmpdir(), 'explain-')), 'out')
  readonly lines: string[] = []
  readonly #terminal = {
    out: (line: string): number => this.lines.push(line),
    error: (line: string): number => this.lines.push(line),
  }

  async run(explain: readonly string[] | undefined): Promise<number> {
    const file = `${this.out}.yaml`
    writeFileSync(file, SCENARIO)
    const args: RunArguments = {
      file,
      out: this.out,
      seed: undefined,
      until: undefined,
      variant: undefined,
      report: undefined,
      records: undefined,
      explain,
      set: [],
      use: [],
    }
    return runSession(args, { terminal: this.#terminal })
  }

  async explain(pod: string | undefined): Promise<string> {
    this.lines.length = 0
    const rest = { run: undefined, attempt: undefined, nodes: 10 }
    await explainSession({ directory: this.out, pod, ...rest }, this.#terminal)
    return this.lines.join('\n')
  }

  digest(): string | undefined {
    return /"hash": ?"([^"]+)"/.exec(readFileSync(join(this.out, 'manifest.json'), 'utf8'))?.[1]
  }

  rows(file: string): string[][] {
    const [, ...lines] = readFileSync(join(this.out, file), 'utf8').trim().split('\n')
    return lines.map(line => line.split(','))
  }
}

test('each score of each node, the winner and the runner-up are written down', async t => {
  const box = new Explained()
  t.is(await box.run(['first-0']), 0)
  t.deepEqual(
    box.rows('scores.csv').map(row => row.slice(5)),
    [
      ['small-0', 'NodeResourcesFit', '', '75', '2'],
      ['large-0', 'NodeResourcesFit', '', '87', '2'],
      ['kept-0', 'TaintToleration', 'node(s) had untolerated taint(s)', '', ''],
    ],
  )
  const text = await box.explain('first-0')
  t.regex(text, /large-0.* with 174 points; next is small-0 with 150/)
  t.regex(text, /3 nodes: 2 passed, 1 were rejected/)
  t.regex(text, /large-0 \*.*│ +174 │ +87 │/)
})

test("a failure has kube-scheduler's message, and each plugin's reason with its nodes", async t => {
  const box = new Explained()
  await box.run([])
  const text = await box.explain('default/web-too-0')
  t.regex(text, /0\/3 nodes are available: 1 node\(s\) had untolerated taint\(s\), 2 Insufficient cpu\./)
  t.regex(text, /NodeResourcesFit +│ Insufficient cpu +│ 2 +│/)
  t.regex(text, /TaintToleration +│ node\(s\) had untolerated taint\(s\) +│ 1 +│ kept-0/)
  const all = await box.explain(undefined)
  t.regex(all, /3 pods explained, 1 of them without a node/)
  t.regex(await box.explain('web-0'), /large-0.*, the only node that passed/)
})

test('explanations change no event, and pods that are not named have none', async t => {
  const plain = new Explained()
  await plain.run(undefined)
  t.regex(await plain.explain('web-0'), /run the scenario with --explain/)
  const some = new Explained()
  await some.run(['web-*'])
  t.is(some.digest(), plain.digest())
  t.deepEqual([...new Set(some.rows('attempts.csv').map(row => row[3]))].toSorted(), ['web-0', 'web-too-0'])
  t.regex(await some.explain('first-0'), /there is no attempt of first-0/)
})
