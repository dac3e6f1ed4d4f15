import type { Labels } from '../model/pod-spec.js'
import { type LabelSetId, Phase, type PodId } from './ids.js'
import type { Interner } from './interner.js'
import type { PodTable } from './pods.js'

/** CPU of the pods with one value of the label `app`. */
export interface AppLoad {
  /** Divided evenly over the running pods. */
  readonly totalMilliCPU?: number
  readonly perPodMilliCPU?: number
  /** No pod uses more of the total than this. */
  readonly maxMilliCPU?: number
}

/** What the pods of an app use, as loads set by operations say: metrics are sampled from here. */
export class AppUsage {
  readonly #pods: PodTable
  readonly #labelSets: Interner<LabelSetId, Labels>
  readonly #loads = new Map<string, AppLoad>()

  constructor(pods: PodTable, labelSets: Interner<LabelSetId, Labels>) {
    this.#pods = pods
    this.#labelSets = labelSets
  }

  set(app: string, load: AppLoad): void {
    this.#loads.set(app, load)
  }

  /** CPU in use by each running pod of the app now, in milliCPU; undefined when no load was set. */
  milliCPUPerPod(app: string): number | undefined {
    const load = this.#loads.get(app)
    if (load === undefined) return undefined
    const { totalMilliCPU, perPodMilliCPU, maxMilliCPU = Number.POSITIVE_INFINITY } = load
    if (totalMilliCPU === undefined) return perPodMilliCPU ?? 0
    const running = this.#runningPods(app)
    return running === 0 ? 0 : Math.min(totalMilliCPU / running, maxMilliCPU)
  }

  #runningPods(app: string): number {
    const pods = this.#pods
    let running = 0
    for (let row = 0; row < pods.highWater; row++) {
      const pod = row as PodId
      if (!pods.exists(pod) || pods.phase[pod] !== Phase.Running) continue
      if (this.#labelSets.get(pods.labelsOf(pod))['app'] === app) running++
    }
    return running
  }
}
