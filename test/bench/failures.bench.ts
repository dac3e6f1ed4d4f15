import { SECOND } from '../../engine/kernel/time.js'
import type { Manifest, Operation } from '../../engine/model/simulation-model.js'
import { Simulation } from '../../engine/simulation.js'
import { model, pool } from '../support/model.js'
import type { Bench, Row } from './bench.js'

const BENCH = 'failures'
const NODES = 5_000
const DEPLOYMENTS = 500
const REPLICAS = 100
const YEAR = 365 * 86_400 * SECOND
const MOST_SECONDS = 60
/** LANL's system 20 in 2003: 528 outages of 512 nodes, mended after 9373.64 s on average. */
const OUTAGES_PER_YEAR = 528 / 512
const MENDED_AFTER_SECONDS = 9373.64

function deployment(name: string): Manifest {
  const labels = { app: name }
  const containers = [
    { name: 'main', image: 'app:v1', resources: { requests: { cpu: '500m', memory: '1Gi' } } },
  ]
  const template = { metadata: { labels }, spec: { containers } }
  const spec = { replicas: REPLICAS, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' }, spec }
}

/** A year in which nodes fail as often, and are away as long, as recorded ones did. */
function yearRows(): Row[] {
  const operations: Operation[] = Array.from({ length: DEPLOYMENTS }, (_, i) => ({
    op: 'apply',
    at: SECOND,
    manifest: deployment(`app-${i}`),
  }))
  const perYear = 365 * 86_400
  const simulation = new Simulation(
    model({
      nodes: NODES,
      nodePools: [pool('worker', { milliCPU: 8_000 })],
      operations,
      failures: [
        {
          name: 'crash',
          model: 'node-crash',
          args: {},
          subjects: { kind: 'nodes', pools: [], labels: {} },
          timing: {
            kind: 'renewal',
            every: { exponential: { mean: perYear / OUTAGES_PER_YEAR } },
            lasts: { exponential: { mean: MENDED_AFTER_SECONDS } },
            minimum: 0,
          },
        },
      ],
      until: YEAR,
    }),
  )
  globalThis.gc?.()
  const start = process.cpuUsage()
  const { summary } = simulation.run()
  const { user, system } = process.cpuUsage(start)
  const seconds = (user + system) / 1e6
  const { failures, pods_created: pods } = summary.values
  const about = `a year of ${failures} failures of ${NODES} nodes, ${pods} pods`
  return [
    { bench: BENCH, figure: `${about} (at most)`, unit: 's', value: seconds, goal: MOST_SECONDS },
    {
      bench: BENCH,
      figure: 'events of it a second',
      unit: 'events/s',
      value: simulation.kernel.executed / seconds,
    },
  ]
}

export const failuresBench: Bench = { name: BENCH, run: yearRows }
