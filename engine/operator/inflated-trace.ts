/**
 * Makes a list of pods into arrivals that together ask for a chosen part of the cluster's GPU: shuffled, then pods
 * drawn from the list are repeated at the end, or drawn ones are left out. The draws hang on the seed and the trace
 * alone, so every policy meets the same arrivals.
 *
 * Upstream: workload tuning of the FGD paper's artifact (USENIX ATC '23).
 * Simplified: nothing known.
 */
import { type Stream, Streams } from '../kernel/rng.js'
import { NEVER } from '../kernel/time.js'
import { DEFAULT_GPU_NAMES, type GpuDemand, gpuDemandOf } from '../model/gpu-demand.js'
import type { PodTrace, SimulationModel, TraceInflation } from '../model/simulation-model.js'

/** The trace itself when it is to be replayed as it is. */
export function inflatedTrace(trace: PodTrace, model: SimulationModel): PodTrace {
  const { inflation, names } = trace
  if (inflation === undefined || names.length === 0) return trace
  const demands = model.podTemplates.map(({ template }) => gpuDemandOf(template, DEFAULT_GPU_NAMES))
  const targetMilli = inflation.ratio * clusterMilli(model)
  const stream = new Streams(model.seed).stream(`operator/inflation/${trace.namespace}/${trace.name}`)
  const order = arrivalOrder(names, pod => demands[trace.template[pod]], targetMilli, stream)
  return arrivalsOf(trace, order, inflation)
}

/** GPU of the nodes there are from the start. */
function clusterMilli({ operations, nodePools }: SimulationModel): number {
  let sum = 0
  for (const operation of operations) {
    if (operation.op !== 'create-nodes' || operation.at > 0) continue
    const each = nodePools[operation.pool].allocatable[DEFAULT_GPU_NAMES.resource] ?? 0
    sum += each * operation.names.length
  }
  return sum
}

/** Numbers of pods in the order of their arrival; a pod may come several times or not at all. */
export function arrivalOrder(
  names: readonly string[],
  demandOf: (pod: number) => GpuDemand,
  targetMilli: number,
  stream: Stream,
): readonly number[] {
  const order = names.map((_, pod) => pod).sort((a, b) => (names[a] < names[b] ? -1 : 1))
  shuffle(order, stream)
  const listed = [...order]
  let requestedMilli = 0
  for (const pod of order) requestedMilli += milliOf(demandOf(pod))
  if (requestedMilli < targetMilli) {
    if (requestedMilli === 0) return order
    for (;;) {
      const pod = stream.pick(listed)
      const demand = demandOf(pod)
      // The artifact stops by the part of a single device, whatever number of them the pod asks for.
      if (requestedMilli + demand.milliEach > targetMilli) return order
      order.push(pod)
      requestedMilli += milliOf(demand)
    }
  }
  while (requestedMilli > targetMilli) {
    const [pod] = order.splice(stream.integer(order.length), 1)
    requestedMilli -= milliOf(demandOf(pod))
  }
  return order
}

function milliOf({ devices, milliEach }: GpuDemand): number {
  return devices * milliEach
}

/** Every order is equally likely. */
function shuffle(items: number[], stream: Stream): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = stream.integer(i + 1)
    const item = items[i]
    items[i] = items[j]
    items[j] = item
  }
}

/** One after another, at equal distances from the first; a pod that comes again gets a number behind its name. */
function arrivalsOf(trace: PodTrace, order: readonly number[], { interval }: TraceInflation): PodTrace {
  const { names, template, createdAt } = trace
  const taken = new Set(names)
  const times = new Int32Array(names.length)
  const named = order.map(pod => {
    if (++times[pod] === 1) return names[pod]
    let name = `${names[pod]}.${times[pod]}`
    while (taken.has(name)) name = `${names[pod]}.${++times[pod]}`
    return name
  })
  return {
    ...trace,
    names: named,
    createdAt: Float64Array.from(order, (_, i) => createdAt[0] + i * interval),
    template: Uint32Array.from(order, pod => template[pod]),
    runFor: new Float64Array(order.length).fill(NEVER),
    deletedAt: new Float64Array(order.length).fill(NEVER),
  }
}
