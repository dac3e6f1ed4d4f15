/** Tables of means over repetitions, beside published ones. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { comparedCells, planRuns, samplesOf, tableCells } from '../../experiments/index.js'
import { verdictLines, writeResults } from '../../reports/index.js'
import { conducted, faultsOf, folderOf, loadedIn } from '../support/experiment-folder.js'
import { PROJECT } from '../support/source-files.js'

const EXAMPLES = join(PROJECT, 'experiments/examples')

const EXPERIMENT = `base: tiny.yaml
set: { measure.every: 1m }
axes:
  policy: { variants: base }
repetitions: 3
metrics: [nodes_in_use_at_60]
series:
  - { record: time-series, columns: [nodes_in_use, allocation_cpu_share], points: 100, at: [60], better: lower }
tables:
  - file: nodes.csv
    record: time-series
    published: { file: published.csv, at: [60, 99999], deviations: 2, least: 0.5, leastOf: { nodes_in_use: 1 } }
`
const PUBLISHED = `policy,metric,time_s,mean,sd,more
spread,nodes_in_use,60,3,0,x
spread,nodes_in_use,61,3,0,x
pack,nodes_in_use,60,9,0.5,x
pack,nodes_in_use,99999,1,0.5,x
pack,allocation_cpu_share,60,0.5,0.1,x
other,nodes_in_use,60,3,0,x
`

test('a table has the mean, deviation and number of runs of every value of x, and what was published beside it', async t => {
  const folder = folderOf(t, { 'e.yaml': EXPERIMENT, 'published.csv': PUBLISHED })
  const results = await conducted(await loadedIn(folder), join(folder, 'out'), 1)
  const [table] = results.experiment.tables
  const cells = tableCells(results, table)
  const values = samplesOf(results, 'nodes_in_use_at_60')
  for (const { variant, column, x, mean, n } of cells) {
    if (x <= 60) t.is(n, 3)
    if (column !== 'nodes_in_use' || x !== 60) continue
    const [a, b, c] = values[variant.index]
    t.is(mean, (a + b + c) / 3)
  }
  const xs = cells
    .filter(({ variant, column }) => variant.index === 0 && column === 'nodes_in_use')
    .map(({ x }) => x)
  // Each run ends at a time of its own, whence the last row.
  t.deepEqual(xs.slice(0, 2), [0, 60])
  // Tolerances: 1 is more than no deviation, and than 2 * 0.5; 0.5 is more than 2 * 0.1, and no share is further away.
  t.deepEqual(
    comparedCells(results, table).map(({ published: { variant, x }, tolerance, isWithin }) => [
      variant,
      x,
      tolerance,
      isWithin,
    ]),
    [
      [0, 60, 1, true],
      [1, 60, 1, false],
      [1, 99999, 1, false],
      [1, 60, 0.5, true],
    ],
  )
  const lines = verdictLines(results).filter(line => /published|instead/.test(line))
  t.is(lines[0], 'nodes.csv: 2 of 4 published values are met within max(0.5 or 1, 2 sd).')
  t.regex(lines[1], /^ {2}pack, nodes_in_use at 60: \S+ instead of 9, tolerance 1$/)
  t.deepEqual(writeResults(results).slice(-2), ['nodes.csv', 'nodes-published.csv'])
  const [header, first] = readFileSync(join(folder, 'out/nodes.csv'), 'utf8').split('\n')
  t.is(header, 'policy,metric,time_s,mean,sd,n')
  t.is(first, 'spread,nodes_in_use,0,0,0,3')
})

test('tables need a series, a name of their own, and published values that can be read', async t => {
  const head = 'base: tiny.yaml\naxes: { policy: { variants: base } }\n'
  const series = 'series: [{ record: time-series, columns: [nodes_in_use] }]\n'
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [
      `${head}tables: [{ file: runs.csv, record: pods }]\n`,
      ['e.yaml:3:18 tables.0.file: "runs.csv" is no name for it; expected one such as table.csv'],
    ],
    [
      `${head}tables: [{ file: a.csv, record: pods }]\n`,
      ['e.yaml:3:33 tables.0.record: series keeps no columns of pods'],
    ],
    [
      `${head}${series}tables: [{ file: a.csv, record: time-series }, { file: a.csv, record: time-series }]\n`,
      ['e.yaml:4:56 tables.1.file: a.csv is the name of two tables'],
    ],
    [
      `${head}${series}tables: [{ file: a.csv, record: time-series, published: { file: none.csv, at: [1] } }]\n`,
      ['e.yaml:4:65 tables.0.published.file: cannot read none.csv: there is no such file'],
    ],
  ]
  for (const [text, expected] of rows) t.deepEqual(await faultsOf(t, text), [...expected])
})

test('the table of the FGD paper is 300 runs against 540 published values, and takes other lists', async t => {
  const loaded = await loadedIn(EXAMPLES, 'fgd.yaml')
  const { experiment } = loaded
  t.is(planRuns(experiment, 1, 10).length, 300)
  t.is(experiment.tables[0].published?.cells.length, 540)
  const ties = await loadedIn(EXAMPLES, 'fgd-ties.yaml')
  t.is(planRuns(ties.experiment, 1, 10).length, 600)

  const list = readFileSync(join(PROJECT, 'scenarios/data/openb_pod_list_multigpu40.csv.gz'))
  const nodes = readFileSync(join(PROJECT, 'scenarios/data/openb_node_list_gpu_node.csv.gz'))
  const folder = folderOf(t, {
    'openb_pod_list_other.csv.gz': list,
    'openb_node_list_gpu_node.csv.gz': nodes,
  })
  const set = [`traces=${folder}`, 'policy=FGD,BestFit']
  for (const workload of ['openb_pod_list_other', 'other']) {
    const other = await loadedIn(EXAMPLES, 'fgd.yaml', { set: [...set, `workloads=${workload}`] })
    t.is(planRuns(other.experiment, 1, 10).length, 20)
    t.deepEqual(other.experiment.comparison, { axis: 'policy', baseline: 'FGD' })
    t.true(existsSync(other.inputs[2]))
  }
})
