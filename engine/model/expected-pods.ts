/**
 * The pods that a model will bring, by template: those listed in its traces and those its operations create. Policies
 * that know their workload, as from history, take it from here.
 * Upstream: none; in a real cluster these are statistics of the past.
 * Simplified: pods of controllers are not counted.
 */
import type { SimulationModel } from './simulation-model.js'
import type { ExpectedPods } from './typical-pods.js'

export function expectedPods({ podTemplates, traces, operations }: SimulationModel): readonly ExpectedPods[] {
  const counts = new Float64Array(podTemplates.length)
  for (const { template } of traces) for (const index of template) counts[index]++
  for (const operation of operations) {
    if (operation.op === 'create-pods') counts[operation.template] += operation.names.length
  }
  return podTemplates.flatMap(({ template }, i) => (counts[i] === 0 ? [] : [{ template, count: counts[i] }]))
}
