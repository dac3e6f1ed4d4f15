import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import test from 'ava'
import { ExitCode } from '../../cli/exit-code.js'
import { experimentSession } from '../../cli/experiment-session.js'
import { capacitySession, sweepSession, whatIfSession } from '../../cli/question-session.js'
import { replayRowSession } from '../../cli/replay-row-session.js'
import { loadExperiment } from '../../experiments/index.js'
import { CapacitySearch, type Knob, type Point } from '../../experiments/questions/capacity-search.js'
import { judgeObjective } from '../../experiments/questions/objective.js'
import { formatIssue } from '../../scenarios/index.js'
import { folderOf } from '../support/experiment-folder.js'
import { PROJECT } from '../support/source-files.js'

/** Starting worker threads takes long on a machine with much else to do. */
const MINUTES = 600_000

const knob = (name: string, from: number, to: number, cost = 1, step = 1): Knob => ({
  name,
  path: `${name}.count`,
  from,
  to,
  step,
  cost,
})

/** Searches with a rule instead of runs; answers what was found and how many points were tried. */
function search(
  knobs: readonly Knob[],
  meets: (point: Point) => boolean,
): readonly [Point | undefined, number] {
  const capacity = new CapacitySearch(knobs)
  let tried = 0
  for (let point = capacity.next(); point !== undefined; point = capacity.next()) {
    capacity.tell(point, meets(point))
    tried++
  }
  return [capacity.best, tried]
}

test('a capacity search finds the cheapest point and tries few of them', t => {
  for (const least of [1, 2, 37, 99, 100]) {
    const [best, tried] = search([knob('a', 1, 100)], ([a]) => a >= least)
    t.deepEqual(best, [least])
    t.true(tried <= 7, `${tried}`)
  }
  t.deepEqual(search([knob('a', 1, 100)], () => false)[0], undefined)
  t.deepEqual(search([knob('a', 0, 50, 1, 5)], ([a]) => a >= 12)[0], [15])
  // 8 units of work; small does 1 at a cost of 1, large 4 at a cost of 3: two large ones.
  const mix = [knob('small', 0, 20), knob('large', 0, 6, 3)]
  const [best, tried] = search(mix, ([small, large]) => small + 4 * large >= 8)
  t.deepEqual(best, [0, 2])
  t.true(tried < 20, `${tried} of 147`)
  // At least three small ones are needed whatever the large ones do: 3 + 2 * 3 = 9 beats 4 + 1 * 3 + ... = 7.
  t.deepEqual(search(mix, ([small, large]) => small >= 3 && small + 4 * large >= 8)[0], [4, 1])
  for (let a = 0; a <= 6; a++) {
    for (let b = 0; b <= 6; b++) {
      const rule = ([x, y]: Point): boolean => x >= a && y >= b
      t.deepEqual(search([knob('x', 0, 6, 2), knob('y', 0, 6, 5)], rule)[0], [a, b])
    }
  }
})

test('an objective is met when the one-sided bound is on the right side, and unclear while it is not', t => {
  const wait = { metric: 'wait', comparison: '<=', value: 10, text: '' } as const
  // Mean 8, sd 1, n 3: bound 8 + 2.920 / sqrt 3 = 9.686.
  const met = judgeObjective(wait, [7, 8, 9], 0.95)
  t.deepEqual([met.status, met.bound.toFixed(3)], ['meets', '9.686'])
  t.is(judgeObjective(wait, [8, 9, 10], 0.95).status, 'unclear')
  t.is(judgeObjective(wait, [12, 13, 14], 0.95).status, 'misses')
  t.is(judgeObjective(wait, [8], 0.95).status, 'unclear')
  t.is(judgeObjective(wait, [8, Number.NaN, 8], 0.95).status, 'misses')
  t.is(judgeObjective({ ...wait, comparison: '>=' }, [12, 13, 14], 0.95).status, 'meets')
  t.is(judgeObjective({ ...wait, comparison: '>' }, [10, 10, 10], 0.95).status, 'misses')
  t.is(judgeObjective({ ...wait, comparison: '==' }, [10, 10], 0.95).status, 'meets')
  t.is(judgeObjective({ ...wait, comparison: '==' }, [10, 11], 0.95).status, 'misses')
  t.is(judgeObjective({ ...wait, comparison: '!=' }, [9, 11], 0.95).status, 'meets')
})

/** A terminal that keeps what is said. */
function listening() {
  const lines: string[] = []
  return {
    lines,
    out: (line: string) => void lines.push(line),
    error: (line: string) => void lines.push(line),
  }
}

const COMMON = {
  workers: 1,
  repetitions: 3,
  seed: undefined,
  set: [],
  use: [],
  fresh: false,
  metric: ['wait_mean_s', 'nodes_in_use_mean'],
}

test('what-if compares a scenario with itself after a change, in pairs', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, { 'patch.yaml': 'scheduler: { profile: most-allocated }\n' })
  const args = { ...COMMON, scenario: join(folder, 'tiny.yaml'), out: join(folder, 'out') }
  const terminal = listening()
  const file = await whatIfSession({ ...args, patch: join(folder, 'patch.yaml'), change: [] }, terminal)
  t.is(file, ExitCode.Ok)
  t.regex(
    terminal.lines.join('\n'),
    /nodes in use mean: changed has [\d.]+ less than as-it-is \(better\), .* 3 of 3 pairs/,
  )
  t.regex(terminal.lines.join('\n'), /6 runs: 2 variants, 3 repetitions/)
  const again = listening()
  const change = ['scheduler.profile=most-allocated']
  t.is(await whatIfSession({ ...args, patch: undefined, change }, again), ExitCode.Ok)
  t.deepEqual(again.lines, terminal.lines)
  const replayed = listening()
  t.is(await replayRowSession(args.out, '2', replayed), ExitCode.Ok)
  t.regex(replayed.lines[0], /^identical: what-if-tiny\/scenario=changed\/1, \d+ events/)
  const wrong = listening()
  t.is(
    await whatIfSession({ ...args, patch: undefined, change: ['nodes.0.cout=3'] }, wrong),
    ExitCode.BadInput,
  )
  t.is(
    stripVTControlCharacters(wrong.lines[0]),
    '--change:1:1 nodes.0.cout: unknown key "cout"; did you mean "count"?',
  )
})

test('a sweep tables and draws its metrics against the knob', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, {})
  const args = { ...COMMON, scenario: join(folder, 'tiny.yaml'), out: join(folder, 'out') }
  const terminal = listening()
  t.is(await sweepSession({ ...args, knob: 'node=2..4/2' }, terminal), ExitCode.Ok)
  const text = stripVTControlCharacters(terminal.lines.join('\n'))
  t.regex(text, /│ node +│ +2 │ +4 │/)
  t.regex(text, /│ wait mean +│ .* ± .* s │ .* ± .* s │/)
  const chart = readFileSync(join(folder, 'out', 'sweep-wait_mean_s.svg'), 'utf8')
  t.is(chart.match(/<circle /g)?.length, 2)
  const wrong = listening()
  t.is(await sweepSession({ ...args, knob: 'nods=2..4' }, wrong), ExitCode.BadInput)
  t.regex(wrong.lines[0], /nods is neither a node pool \(there are node\) nor a path/)
})

test('capacity finds the fewest nodes, says which is one too few, and keeps every point', async t => {
  t.timeout(MINUTES)
  const folder = folderOf(t, {})
  const args = {
    ...COMMON,
    scenario: join(folder, 'tiny.yaml'),
    out: join(folder, 'out'),
    repetitions: 4,
    confidence: 0.95,
    knob: ['node=1..6'],
    require: ['wait_max_s <= 1s', 'pods_never_scheduled == 0'],
  }
  const terminal = listening()
  t.is(await capacitySession(args, terminal), ExitCode.Ok)
  const text = terminal.lines.join('\n')
  const found = /node (\d) is the least that meets wait_max_s <= 1s and pods_never_scheduled == 0/.exec(text)
  t.truthy(found, text)
  const least = Number(found?.[1])
  t.regex(text, new RegExp(`node ${least - 1} does not: wait_max_s <= 1s, and it is wait_max_s \\d`))
  t.true(readdirSync(args.out).includes(`node=${least}`))
  const again = listening()
  t.is(await capacitySession(args, again), ExitCode.Ok)
  t.deepEqual(again.lines, terminal.lines)
  const hopeless = listening()
  const require = ['wait_max_s < 0s']
  t.is(await capacitySession({ ...args, out: join(folder, 'none'), require }, hopeless), ExitCode.Failed)
  t.regex(hopeless.lines.join('\n'), /Not even node 6 meets wait_max_s < 0s/)
})

test('every example of an experiment loads, says what it asks, and can be planned', async t => {
  t.timeout(MINUTES)
  const folder = join(PROJECT, 'experiments/examples')
  for (const file of readdirSync(folder).filter(name => name.endsWith('.yaml'))) {
    const loaded = await loadExperiment(join(folder, file))
    if ('issues' in loaded) t.fail(`${file}: ${loaded.issues.map(formatIssue).join('\n')}`)
    else t.true(loaded.experiment.about.length > 20, file)
    const terminal = listening()
    const args = { ...COMMON, repetitions: undefined, out: undefined, file: join(folder, file) }
    const plan = { ...args, plan: true, shard: undefined, retry: false }
    t.is(await experimentSession(plan, terminal), ExitCode.Ok)
    t.regex(terminal.lines.at(-1) ?? '', /^\d+ runs: \d+ variants, \d+ repetitions/)
  }
})
