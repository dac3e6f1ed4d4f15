/** Puts the shards of one experiment together; any order of them gives the same store. */
import { join, relative, resolve, sep } from 'node:path'
import { planRuns } from './plan.js'
import type { RunRow } from './row.js'
import { RunStore, readRows, StoreRefusal } from './store.js'
import { type PlanFile, readPlan } from './store-plan.js'

/** Copies the rows of every directory into `target`. Throws StoreRefusal when they are not of one experiment. */
export function mergeStores(target: string, directories: readonly string[]): { readonly missing: number } {
  const plans = directories.map(directory => {
    const plan = readPlan(directory)
    if (typeof plan === 'string') throw new StoreRefusal(plan)
    return plan
  })
  const [first] = plans
  const other = plans.findIndex(({ identity }) => identity !== first.identity)
  if (other > 0)
    throw new StoreRefusal(`${directories[other]} is of another experiment than ${directories[0]}`)
  const rows = new Map<number, { readonly row: RunRow; readonly text: string; readonly from: string }>()
  for (const directory of directories) {
    for (const row of readRows(directory).rows) {
      const text = JSON.stringify(row)
      const known = rows.get(row.run)
      if (known !== undefined && known.text !== text) {
        throw new StoreRefusal(`run ${row.run} differs between ${known.from} and ${directory}`)
      }
      rows.set(row.run, { row, text, from: directory })
    }
  }
  const { shard: _, repetitions, ...plan } = moved(first, directories[0], target)
  const store = new RunStore(target, plan, { fresh: true })
  try {
    for (const { row } of [...rows.values()].sort((a, b) => a.row.run - b.row.run)) store.append(row)
    const { repetitions: kind } = plan.experiment
    const made = kind.kind === 'fixed' ? kind.count : (repetitions ?? 1)
    store.finish(made)
    const missing = planRuns(plan.experiment, 1, made).filter(({ run }) => !store.has(run)).length
    return { missing }
  } finally {
    store.close()
  }
}

/** The plan of one directory with its paths as they are seen from another. */
function moved(plan: PlanFile, from: string, to: string): PlanFile {
  const path = (file: string): string =>
    relative(resolve(to), resolve(join(from, file)))
      .split(sep)
      .join('/')
  const { experiment, inputs } = plan
  return {
    ...plan,
    experiment: {
      ...experiment,
      base: { ...experiment.base, file: path(experiment.base.file) },
      use: experiment.use.map(path),
    },
    inputs: inputs.map(({ file, sha256 }) => ({ file: path(file), sha256 })),
  }
}
