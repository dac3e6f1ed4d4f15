import { SECOND, type SimTime } from '../../engine/kernel/time.js'
import type { Manifest, Operation } from '../../engine/model/simulation-model.js'
import { Simulation } from '../../engine/simulation.js'
import type { PodId } from '../../engine/state/ids.js'
import { model, pool } from '../support/model.js'
import type { Bench, Row } from './bench.js'

const BENCH = 'workloads'
const NODES = 5_000
const DEPLOYMENTS = 500
const REPLICAS = 100
/** What every pod of a rolled-over Deployment may cost: it is created, scheduled, started, counted and deleted. */
const EVENTS_PER_POD = 25
const ROLLOVER_SECONDS = 20

const CRON_JOBS = 10_000
const DAY = 86_400 * SECOND
/** Rates over ten times the time and over ten times the CronJobs are to differ by no more. */
const LINEAR = 0.7

/** Limits that do not make a day of it: what is measured are events, not the patience of clients. */
const controlPlane = {
  ...model().controlPlane,
  schedulerClient: { qps: 1_000, burst: 2_000 },
  controllerManagerClient: { qps: 1_000, burst: 2_000 },
}

function podSpec(image: string, restartPolicy: 'Always' | 'Never') {
  return {
    restartPolicy,
    containers: [{ name: 'main', image, resources: { requests: { cpu: '100m', memory: '128Mi' } } }],
  }
}

function deployment(name: string): Manifest {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: podSpec('app:v1', 'Always') }
  const spec = { replicas: REPLICAS, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' }, spec }
}

interface Measured {
  /** Of the processor, so that other work on the machine does not count. */
  readonly seconds: number
  readonly events: number
  readonly pods: number
}

function measured(simulation: Simulation): Measured {
  globalThis.gc?.()
  const start = process.cpuUsage()
  const { summary } = simulation.run()
  const { user, system } = process.cpuUsage(start)
  return {
    seconds: (user + system) / 1e6,
    events: simulation.kernel.executed,
    pods: summary.values['pods_created'],
  }
}

/** Created, rolled over once, deleted. */
function rollover(): Measured {
  const names = Array.from({ length: DEPLOYMENTS }, (_, i) => `app-${i}`)
  const each = (at: SimTime, make: (name: string) => Operation): Operation[] =>
    names.map(name => ({ ...make(name), at }))
  const target = (name: string) => ({ kind: 'Deployment', namespace: 'default', name, at: 0 })
  const operations: Operation[] = [
    ...each(SECOND, name => ({ op: 'apply', at: 0, manifest: deployment(name) })),
    ...each(1_000 * SECOND, name => ({ op: 'set-image', ...target(name), images: { main: 'app:v2' } })),
    {
      op: 'delete',
      at: 3_000 * SECOND,
      kind: 'Deployment',
      namespace: 'default',
      names,
      propagation: 'Background',
    },
  ]
  const nodePools = [pool('worker', { milliCPU: 8_000 })]
  const simulation = new Simulation(
    model({ nodes: NODES, nodePools, operations, controlPlane, until: 4_000 * SECOND }),
  )
  const result = measured(simulation)
  const left = podsLeft(simulation)
  if (left > 0) throw new Error(`${left} pods are left`)
  return result
}

/** Pods still in the store. */
function podsLeft({ state: { pods } }: Simulation): number {
  let left = 0
  for (let row = 0; row < pods.highWater; row++) if (pods.exists(row as PodId)) left++
  return left
}

function rolloverRows(): Row[] {
  const { seconds, events, pods } = rollover()
  const about = `${pods} pods of ${DEPLOYMENTS} Deployments, rolled over once and deleted`
  return [
    { bench: BENCH, figure: `${about} (at most)`, unit: 's', value: seconds, goal: ROLLOVER_SECONDS },
    {
      bench: BENCH,
      figure: 'events a pod (at most)',
      unit: 'events',
      value: events / pods,
      goal: EVENTS_PER_POD,
    },
  ]
}

/** One CronJob in ten may run; the others are suspended or forbid a run beside one that goes on all day. */
function cronJob(i: number): Manifest {
  const name = `tick-${i}`
  const runs = i % 10 === 0
  const behaviour = { 'kubelapse.io/run-seconds': runs ? '5' : '90000', 'kubelapse.io/start-seconds': '0.5' }
  const template = {
    metadata: { labels: { app: name }, annotations: behaviour },
    spec: podSpec('app:v1', 'Never'),
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: 'default' },
    spec: {
      schedule: '* * * * *',
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 1,
      jobTemplate: { spec: { template } },
    },
  }
}

function cron(cronJobs: number, until: SimTime): Measured {
  const operations: Operation[] = Array.from({ length: cronJobs }, (_, i) => ({
    op: 'apply',
    at: 0,
    manifest: cronJob(i),
  }))
  const nodePools = [pool('worker', { milliCPU: 8_000 })]
  return measured(new Simulation(model({ nodes: 500, nodePools, operations, controlPlane, until })))
}

function cronRows(): Row[] {
  const short = cron(CRON_JOBS, DAY / 100)
  const long = cron(CRON_JOBS, DAY / 10)
  const few = cron(CRON_JOBS / 10, DAY)
  const rate = ({ events, seconds }: Measured): number => events / seconds
  const row = (figure: string, subject: Measured, reference: Measured): Row => ({
    bench: BENCH,
    figure: `${figure}, ${subject.events} events (at least)`,
    unit: 'events/s',
    value: rate(subject),
    reference: rate(reference),
    ratio: rate(subject) / rate(reference),
    goal: LINEAR,
  })
  return [
    row(`${CRON_JOBS} CronJobs every minute for a tenth of a day, against a hundredth`, long, short),
    row(`${CRON_JOBS} for a tenth of a day, against ${CRON_JOBS / 10} for a day`, long, few),
  ]
}

export const workloadsBench: Bench = {
  name: BENCH,
  run: () => [...rolloverRows(), ...cronRows()],
}
