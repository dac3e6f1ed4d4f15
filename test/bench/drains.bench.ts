/**
 * Drains of a large cluster: 1,000 full nodes with 30,000 pods of 300 Deployments, each with a budget, are emptied onto
 * as many new ones, one node after another as kubectl does it and a hundred side by side. Time is the processor's.
 */
import { NEVER, SECOND, type SimTime } from '../../engine/kernel/time.js'
import type { Manifest } from '../../engine/model/manifest.js'
import type { Operation } from '../../engine/model/operations.js'
import { Simulation } from '../../engine/simulation.js'
import { NONE, type NodeId, type PodId } from '../../engine/state/ids.js'
import { model, pool } from '../support/model.js'
import type { Bench, Row } from './bench.js'

const NODES = 1_000
const DEPLOYMENTS = 300
const REPLICAS = 100
/** All pods run by then. */
const DRAIN_AT: SimTime = 3_600 * SECOND
const UNTIL: SimTime = 4 * 24 * 3_600 * SECOND
const GOAL_SECONDS = 5

function manifestsOf(i: number): Manifest[] {
  const name = `app-${i}`
  const metadata = { name, namespace: 'default' }
  const selector = { matchLabels: { app: name } }
  const containers = [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '100m' } } }]
  const template = { metadata: { labels: { app: name } }, spec: { containers } }
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: REPLICAS, selector, template } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { selector, maxUnavailable: '10%' },
    },
  ]
}

/** Seconds of the processor for the drain alone, and the virtual time it took. */
function drain(parallel: number): { readonly seconds: number; readonly virtual: SimTime } {
  const names = (suffix: string): string[] => Array.from({ length: NODES }, (_, i) => `node-${suffix}-${i}`)
  const operations: Operation[] = [
    ...Array.from({ length: DEPLOYMENTS }, (_, i) => manifestsOf(i))
      .flat()
      .map((manifest): Operation => ({ op: 'apply', at: 0, manifest })),
    { op: 'create-nodes', at: DRAIN_AT - 600 * SECOND, pool: 0, names: names('new') },
    {
      op: 'drain',
      at: DRAIN_AT,
      nodes: names('0'),
      retryAfter: 5 * SECOND,
      timeout: NEVER,
      cordonAllFirst: true,
      parallel,
    },
  ]
  let drained = 0
  let last: SimTime = 0
  const simulation = new Simulation(
    model({ nodes: NODES, nodePools: [pool('worker')], operations, until: UNTIL }),
    {
      records: ['drains', 'drain-blockers'],
      outcomes: {
        operated({ operation, type }, at) {
          if (operation !== 'drain' || type !== 'END') return
          drained++
          last = at
        },
      },
    },
  )
  simulation.kernel.run({ until: DRAIN_AT - SECOND })
  globalThis.gc?.()
  const before = process.cpuUsage()
  const result = simulation.run()
  const { user, system } = process.cpuUsage(before)
  const { values } = result.summary
  if (drained !== NODES || values['drains_undrained'] !== 0) throw new Error(`${drained} nodes are drained`)
  if (podsOnOldNodes(simulation) > 0) throw new Error('pods are left')
  return { seconds: (user + system) / 1e6, virtual: last - DRAIN_AT }
}

function podsOnOldNodes({ state: { pods, nodes } }: Simulation): number {
  let left = 0
  for (let i = 0; i < pods.highWater; i++) {
    const pod = i as PodId
    if (!pods.exists(pod) || pods.node[pod] === NONE) continue
    if (nodes.unschedulable[pods.node[pod] as NodeId] === 1) left++
  }
  return left
}

function drainRow(figure: string, parallel: number): Row {
  const { seconds, virtual } = drain(parallel)
  const hours = (virtual / SECOND / 3600).toFixed(1)
  const about = `${NODES} nodes with ${DEPLOYMENTS * REPLICAS} pods, ${figure} in ${hours} h`
  return { bench: 'drains', figure: `${about} (at most)`, unit: 's', value: seconds, goal: GOAL_SECONDS }
}

export const drainsBench: Bench = {
  name: 'drains',
  run: () => [drainRow('one after another', 1), drainRow('a hundred side by side', 100)],
}
