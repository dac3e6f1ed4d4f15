import type { SimulationModel } from '../engine/index.js'
import { formatIssue, type ScenarioTemplate } from '../scenarios/index.js'
import type { RunOrder } from './run-one.js'

/** The model of a planned run: the base, the variant's changes, and the seed as the last of them. */
export async function variantModel(
  template: ScenarioTemplate,
  file: string,
  { planned: { seed }, variant: { name, changes } }: RunOrder,
): Promise<SimulationModel> {
  const place = { file, line: 1, column: 1 }
  const all = [...changes, { path: ['seed'], value: seed }]
  const built = await template.build(
    name,
    all.map(change => ({ ...change, locate: () => place })),
  )
  if ('issues' in built) throw new Error(built.issues.map(formatIssue).join('\n'))
  return built.model
}
