/** OR-Library's bin packing instances against the bounds that are known for them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { simulate } from '../../engine/index.js'
import { formatIssue, loadScenario } from '../../scenarios/index.js'
import { issuesOf, scenarioOf } from '../support/scenario-folder.js'
import { PROJECT } from '../support/source-files.js'

const DATA = join(PROJECT, 'scenarios/data')

interface Instance {
  readonly name: string
  /** No packing needs fewer: the sum of all sizes, in bins. */
  readonly atLeast: number
  readonly bestKnown: number
}

function instancesOf(file: string): readonly Instance[] {
  const [, ...lines] = gunzipSync(readFileSync(join(DATA, file)))
    .toString()
    .trim()
    .split('\n')
  const sums = new Map<string, { sum: number; capacity: number; best: number }>()
  for (const line of lines) {
    const [name, capacity, , size, best] = line.split(',')
    const sum = (sums.get(name)?.sum ?? 0) + Number(size)
    sums.set(name, { sum, capacity: Number(capacity), best: Number(best) })
  }
  return [...sums].map(([name, { sum, capacity, best }]) => ({
    name,
    atLeast: Math.ceil(sum / capacity),
    bestKnown: best,
  }))
}

async function binsOf(file: string, instance: string, order: string, profile: string): Promise<number> {
  const settings = {
    traces: [{ reader: 'orlib', pods: join(DATA, file), instance, order }],
    scheduler: { profile, tieBreak: 'first' },
  }
  const { variants } = await scenarioOf({ 'bins.yaml': JSON.stringify(settings) })
  const { summary } = simulate(variants[0].model)
  if (summary.values['pods_never_scheduled'] !== 0) throw new Error('an item found no bin')
  return summary.values['nodes_in_use_peak']
}

/** What first fit decreasing takes beyond the best known packing, at most, by the size of the instance. */
const SETS = [
  { file: 'orlib_binpack1.csv.gz', items: 120, instances: 20, over: 1 },
  { file: 'orlib_binpack3.csv.gz', items: 500, instances: 2, over: 3 },
]

for (const { file, items, instances, over } of SETS) {
  test(`first fit and best fit decreasing pack ${items} items into at most ${over} bins too many`, async t => {
    for (const { name, atLeast, bestKnown } of instancesOf(file).slice(0, instances)) {
      for (const profile of ['first-fit', 'best-fit']) {
        const bins = await binsOf(file, name, 'decreasing', profile)
        t.true(bins >= atLeast && bins <= bestKnown + over, `${name} ${profile}: ${bins} of ${bestKnown}`)
      }
    }
  })
}

test('items as they come need more bins, by first fit at most 1.7 times as many; spread out, one each', async t => {
  const file = 'orlib_binpack1.csv.gz'
  for (const { name, bestKnown } of instancesOf(file).slice(0, 3)) {
    const bins = await binsOf(file, name, 'listed', 'first-fit')
    t.true(bins > bestKnown && bins <= Math.ceil(1.7 * bestKnown), `${name}: ${bins} of ${bestKnown}`)
    t.is(await binsOf(file, name, 'listed', 'spreading'), 120)
  }
})

test('an instance that is not in the file is a mistake of its field', async t => {
  const trace = 'traces: [{ reader: orlib, pods: items.csv, instance: smal }]\n'
  const items = 'instance,capacity,item,size\nsmall,10,0,3\nlarge,10,0,12\n'
  t.deepEqual(await issuesOf({ 's.yaml': trace, 'items.csv': items }), [
    's.yaml:1:54 traces.0.instance: there is no instance "smal" in the file; did you mean "small"?',
  ])
  t.deepEqual(await issuesOf({ 's.yaml': trace.replace('smal', 'large'), 'items.csv': items }), [
    'items.csv:3:12 size: the item is larger than a bin of 10',
  ])
  const example = await loadScenario(join(PROJECT, 'scenarios/examples/bin-packing.yaml'))
  t.false('issues' in example, 'issues' in example ? example.issues.map(formatIssue).join('\n') : '')
})
