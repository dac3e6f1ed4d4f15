import { HOUR, MINUTE } from '../../engine/kernel/time.js'
import type { Manifest, Operation, SimulationModel } from '../../engine/model/simulation-model.js'
import type { Traffic } from '../../engine/model/traffic.js'
import { DEFAULT_NETWORK, DEFAULT_SCRAPES } from '../../engine/model/traffic-defaults.js'
import { Simulation } from '../../engine/simulation.js'
import { model, pool } from '../support/model.js'
import type { Bench } from './bench.js'

const SERVICES = 2000
const PODS_EACH = 15
const NODES = 400
const WEEK = 7 * 24 * HOUR
const GOAL_SECONDS = 60

/** A request takes 20 ms of CPU; 15 of them a second are the 60 % of 500m that the autoscalers aim at. */
const CPU_SECONDS = 0.02
const REQUESTS_PER_POD = 15

function manifestsOf(name: string, namespace: string): Manifest[] {
  const labels = { app: name }
  const metadata = { name, namespace }
  const target = { type: 'Utilization', averageUtilization: 60 }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 80, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: PODS_EACH,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'main',
                image: 'app:1',
                resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 8,
        maxReplicas: 30,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    },
  ]
}

/** 2,000 Services with a day's and a week's shape of load, each with its peak at another hour. */
export function servicesModel(until: number): SimulationModel {
  const names = Array.from({ length: SERVICES }, (_, i) => ({
    name: `web-${i}`,
    namespace: `team-${i % 20}`,
  }))
  const mean = PODS_EACH * REQUESTS_PER_POD
  const requests = {
    cpuSeconds: CPU_SECONDS,
    otherSeconds: 0.005,
    concurrency: 16,
    queue: 100,
    variation: 1,
    discipline: 'queue',
  } as const
  const traffic: Traffic = {
    network: DEFAULT_NETWORK,
    metrics: DEFAULT_SCRAPES,
    services: names.map(({ name, namespace }) => ({ namespace, service: name, requests })),
    demands: names.map(({ name, namespace }, i) => ({
      name: `${namespace}/${name}`,
      namespace,
      service: name,
      pod: '',
      host: '',
      path: '/',
      requestsPerSecond: {
        kind: 'diurnal',
        low: mean * 0.75,
        high: mean * 1.25,
        peakAt: (i % 24) * HOUR,
        week: [1, 1, 1, 1, 1, 0.8, 0.8],
        step: 30 * MINUTE,
      },
      clients: 1000,
      zones: {},
      origin: 'inside',
    })),
    usage: [],
    externalMetrics: [],
  }
  const operations = names.flatMap(({ name, namespace }) =>
    manifestsOf(name, namespace).map((manifest): Operation => ({ op: 'apply', at: 0, manifest })),
  )
  const base = model({
    nodes: NODES,
    nodePools: [pool('large', { milliCPU: 96_000 })],
    operations,
    traffic,
    until,
  })
  const fast = { qps: 2000, burst: 4000 }
  return {
    ...base,
    controlPlane: { ...base.controlPlane, schedulerClient: fast, controllerManagerClient: fast },
  }
}

/** One virtual week; nothing is simulated for each request. */
export const servicesBench: Bench = {
  name: 'services',
  run() {
    const simulation = new Simulation(servicesModel(WEEK))
    const start = performance.now()
    const { summary } = simulation.run()
    const value = (performance.now() - start) / 1000
    const bench = 'services'
    return [
      {
        bench,
        figure: `${SERVICES} Services and autoscalers, a week (at most)`,
        unit: 's',
        value,
        goal: GOAL_SECONDS,
      },
      { bench, figure: 'pods at the end', unit: 'pods', value: summary.values['pods_running'] },
      {
        bench,
        figure: 'changes of size',
        unit: 'changes',
        value: summary.values['hpa_scale_ups'] + summary.values['hpa_scale_downs'],
      },
      { bench, figure: 'requests failed', unit: 'share', value: summary.values['requests_failed_share'] },
    ]
  },
}
