/**
 * What kubelets do next with each pod: at most one pending step beside the exit of its containers.
 *
 * Upstream: the pod workers of pkg/kubelet/pod_workers.go (1.36).
 * Simplified: nothing known.
 */
import { NO_EVENT } from '../kernel/event-queue.js'
import { type EventKind, type Kernel, Rank } from '../kernel/kernel.js'
import { NEVER, type SimTime } from '../kernel/time.js'
import type { PodId } from '../state/ids.js'
import type { PodTable } from '../state/pods.js'
import type { AttachedColumn } from '../state/table.js'

/** The argument of a pod's event. */
export const Step = { Start: 0, Ready: 1, Exit: 2, Stop: 3, Restart: 4, Fail: 5, Remove: 6 } as const
export type Step = (typeof Step)[keyof typeof Step]

export class PodSteps {
  readonly #kernel: Kernel
  readonly #kind: EventKind
  /** The pending start, ready, stop or restart of a pod, and its pending exit: event handles. */
  readonly #pending: AttachedColumn<Float64Array>
  readonly #exit: AttachedColumn<Float64Array>
  /** Which step is pending. */
  readonly #step: AttachedColumn<Uint8Array>
  /** 1: the containers are being stopped. */
  readonly #stopping: AttachedColumn<Uint8Array>

  /** @param run is called when a step is due, which then is no longer pending. */
  constructor(kernel: Kernel, pods: PodTable, run: (pod: PodId, step: Step) => void) {
    this.#kernel = kernel
    this.#pending = pods.attach(Float64Array, NO_EVENT)
    this.#exit = pods.attach(Float64Array, NO_EVENT)
    this.#step = pods.attach(Uint8Array, 0)
    this.#stopping = pods.attach(Uint8Array, 0)
    this.#kind = kernel.on('kubelet/PodStep', Rank.Kubelet, (row, argument) => {
      const step = argument as Step
      if (step === Step.Exit) this.#exit.values[row] = NO_EVENT
      else this.#pending.values[row] = NO_EVENT
      run(row as PodId, step)
    })
  }

  schedule(pod: PodId, step: Exclude<Step, typeof Step.Exit>, delay: SimTime): void {
    this.#step.values[pod] = step
    this.#pending.values[pod] = this.#kernel.schedule(this.#kernel.now + delay, this.#kind, pod, step)
  }

  scheduleExit(pod: PodId, delay: SimTime): void {
    this.#exit.values[pod] = this.#kernel.schedule(this.#kernel.now + delay, this.#kind, pod, Step.Exit)
  }

  /** The containers' end: at the latest after `delay`, for what is being stopped already can only be hastened. */
  stop(pod: PodId, step: typeof Step.Stop | typeof Step.Fail, delay: SimTime): void {
    const { now } = this.#kernel
    const isStopping = this.#stopping.values[pod] === 1
    const stopsAt = isStopping ? (this.#kernel.timeOf(this.#pending.values[pod]) ?? NEVER) : NEVER
    this.cancel(pod)
    this.#stopping.values[pod] = 1
    this.schedule(pod, step, Math.min(stopsAt, now + delay) - now)
  }

  /** What was pending for one pod is from now on for the other. */
  handOver(from: PodId, to: PodId): void {
    const { now } = this.#kernel
    const at = this.#kernel.timeOf(this.#pending.values[from])
    const exitAt = this.#kernel.timeOf(this.#exit.values[from])
    this.cancelAll(from)
    if (at !== undefined)
      this.schedule(to, this.#step.values[from] as Exclude<Step, typeof Step.Exit>, at - now)
    if (exitAt !== undefined) this.scheduleExit(to, exitAt - now)
  }

  isStopping(pod: PodId): boolean {
    return this.#stopping.values[pod] === 1
  }

  isPending(pod: PodId): boolean {
    return this.#pending.values[pod] !== NO_EVENT
  }

  /** Cancels the pending step; the exit stays. */
  cancel(pod: PodId): void {
    this.#cancel(this.#pending.values, pod)
  }

  cancelExit(pod: PodId): void {
    this.#cancel(this.#exit.values, pod)
  }

  /** The machine is down: nothing goes on, and what was being stopped is forgotten. */
  abandon(pod: PodId): void {
    this.cancelAll(pod)
    this.#stopping.values[pod] = 0
  }

  cancelAll(pod: PodId): void {
    this.cancel(pod)
    this.cancelExit(pod)
  }

  #cancel(handles: Float64Array, pod: PodId): void {
    const handle = handles[pod]
    if (handle === NO_EVENT) return
    this.#kernel.cancel(handle)
    handles[pod] = NO_EVENT
  }
}
