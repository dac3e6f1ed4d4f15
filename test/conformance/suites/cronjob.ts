import { isRefused } from '../../../engine/apiserver/result.js'
import { cronjob as definition } from '../../../engine/controllers/cronjob/cronjob.js'
import {
  type Anchor,
  mostRecentSchedule,
  secondsUntilNext,
} from '../../../engine/controllers/cronjob/missed-schedules.js'
import { SCHEDULED_TIMESTAMP } from '../../../engine/controllers/cronjob/scheduled-run.js'
import { MILLISECOND, SECOND, type SimTime } from '../../../engine/kernel/time.js'
import { cronSpecOf, parseCron } from '../../../engine/model/cron.js'
import { defaultCronJobSpec } from '../../../engine/model/job-defaults.js'
import {
  type CronJobSpec,
  type CronJobStatus,
  type JobStatus,
  NEW_CRON_JOB_STATUS,
} from '../../../engine/model/jobs.js'
import type { ObjectId } from '../../../engine/state/ids.js'
import { zoneFinder } from '../../../scenarios/time-zones.js'
import { ControllerRig } from '../../support/controller-rig.js'
import { type Suite, suiteOfKinds } from '../suite.js'

const findZone = zoneFinder({ first: 2017, last: 2100 })

interface GivenArithmetic {
  readonly creationTimestamp: string
  readonly lastScheduleTime?: string
  readonly now: string
  readonly schedule: string
  readonly timeZone?: string
  readonly startingDeadlineSeconds?: number
}

interface GivenStep {
  readonly now: string
  readonly jobEnded?: readonly [name: string, how: 'Complete' | 'Failed']
  readonly suspend?: boolean
}

interface GivenTimeline {
  readonly creationTimestamp: string
  readonly spec: Omit<Partial<CronJobSpec>, 'jobTemplate'>
  readonly steps: readonly GivenStep[]
}

const MANY_MISSED = [
  'Warning',
  'TooManyMissedTimes',
  'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
]

/** When runs are due, and the CronJob controller over a real store in which the case ends the Jobs. */
export const cronjobSuite: Suite = suiteOfKinds('cronjob', {
  arithmetic(given: GivenArithmetic) {
    const { lastScheduleTime, startingDeadlineSeconds } = given
    const schedule = parseCron(cronSpecOf(given.schedule, given.timeZone, findZone), findZone)
    if ('error' in schedule) throw new Error(schedule.error)
    const now = secondsOf(given.now)
    const anchor: Anchor = {
      createdAt: secondsOf(given.creationTimestamp),
      ...(lastScheduleTime === undefined ? {} : { lastScheduledAt: secondsOf(lastScheduleTime) }),
      ...(startingDeadlineSeconds === undefined ? {} : { startingDeadlineSeconds }),
    }
    const { earliest, mostRecent, missed, error } = mostRecentSchedule(anchor, now, schedule, 'with deadline')
    const due = mostRecent === undefined ? undefined : textOf(mostRecent)
    return {
      earliest: textOf(earliest),
      mostRecent: due,
      schedule: due,
      missed,
      error,
      scheduleError: error,
      events: missed === 'many' && due !== undefined ? [MANY_MISSED] : undefined,
      requeueAfterMs: Math.trunc(Math.round(secondsUntilNext(anchor, now, schedule) * SECOND) / MILLISECOND),
    }
  },

  timeline({ creationTimestamp, spec, steps }: GivenTimeline) {
    const cluster = new CronCluster(creationTimestamp, spec)
    return {
      steps: steps.map(step => {
        cluster.change(step)
        return cluster.sync(step.now)
      }),
    }
  },
})

function secondsOf(text: string): number {
  return Date.parse(text) / 1000
}

function textOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

class CronCluster {
  readonly #rig: ControllerRig
  readonly #id: ObjectId

  constructor(creationTimestamp: string, spec: GivenTimeline['spec']) {
    const rig = new ControllerRig(definition, secondsOf(creationTimestamp))
    Object.assign(rig.context, { zones: findZone })
    // The reconciler takes the zones when it is made.
    Object.assign(rig, { reconciler: definition.create(rig.context, {}) })
    const created = rig.api.objects.create({
      kind: 'CronJob',
      namespace: 'default',
      name: 'tick',
      spec: defaultCronJobSpec({ ...spec, jobTemplate: { spec: {} } }),
      status: NEW_CRON_JOB_STATUS,
    })
    if (isRefused(created)) throw new Error('the store was empty')
    this.#rig = rig
    this.#id = created
  }

  change({ now, jobEnded, suspend }: GivenStep): void {
    const { state, api } = this.#rig
    const at = this.#rig.at(now)
    this.#pass(at)
    if (suspend !== undefined) {
      const { spec } = state.objects.get<CronJobSpec>(this.#id)
      api.objects.updateSpec(this.#id, { ...spec, suspend })
    }
    if (jobEnded === undefined) return
    const [name, type] = jobEnded
    const id = state.objects.find('Job', 'default', name)
    if (id === undefined) throw new Error(`${name} is not there`)
    const { status } = state.objects.get<unknown, JobStatus>(id)
    const condition = { type, status: 'True', reason: '', message: '', lastTransitionTime: at } as const
    api.objects.updateStatus(id, {
      ...status,
      conditions: [condition],
      ...(type === 'Complete' ? { completionTime: at } : {}),
    })
  }

  /** Recorded clocks may step back, virtual time may not: what is under way happens all the same. */
  #pass(at: SimTime): void {
    this.#rig.runUntil(Math.max(at, this.#rig.kernel.now))
  }

  /** One sync of the controller, told in the words of the recordings. */
  sync(now: string) {
    const rig = this.#rig
    const { state, api } = rig
    const at = rig.at(now)
    this.#pass(at)
    rig.clear()
    const { outcome, after } = rig.reconciler.reconcile(this.#id, at)
    const writes = [...rig.objects.writes]
    const [created] = writes.flatMap(write => (write.verb === 'create' ? [write.draft] : []))
    if (created !== undefined) {
      // The Job controller starts it in the second of its creation.
      const id = state.objects.find('Job', 'default', created.name) as ObjectId
      const { status } = state.objects.get<unknown, JobStatus>(id)
      api.objects.updateStatus(id, { ...status, startTime: rig.context.clock.wholeSecond(at) })
    }
    const { status } = state.objects.get<CronJobSpec, CronJobStatus>(this.#id)
    const { active, lastScheduleTime, lastSuccessfulTime } = status
    return {
      active: listOrNothing(active.map(({ name }) => name)),
      created: created === undefined ? undefined : [created.name, created.annotations?.[SCHEDULED_TIMESTAMP]],
      deleted: listOrNothing(writes.flatMap(write => (write.verb === 'delete' ? [write.name] : []))),
      events: listOrNothing(rig.events),
      lastScheduleTime: lastScheduleTime === undefined ? undefined : rig.text(lastScheduleTime),
      lastSuccessfulTime: lastSuccessfulTime === undefined ? undefined : rig.text(lastSuccessfulTime),
      statusWritten: writes.some(write => write.verb === 'update' && write.id === this.#id),
      requeueAfterMs: outcome === 'done' && after > 0 ? Math.trunc(after / MILLISECOND) : undefined,
    }
  }
}

/** The recordings leave empty lists out. */
function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
