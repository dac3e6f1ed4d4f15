import type { SimTime } from '../kernel/time.js'

/** CPU of the pods with one value of the label `app`. */
export interface AppLoad {
  /** Divided evenly over the running pods. */
  readonly totalMilliCPU?: number
  readonly perPodMilliCPU?: number
  /** No pod uses more of the total than this. */
  readonly maxMilliCPU?: number
}

interface TimedLoad {
  readonly at: SimTime
  readonly load: AppLoad
}

/**
 * What the pods of each app use, as loads set by operations say. Metrics are sampled from here later than a load
 * is set, so former loads are kept.
 */
export class AppUsage {
  readonly #loads = new Map<string, TimedLoad[]>()

  get isEmpty(): boolean {
    return this.#loads.size === 0
  }

  /** Times never go back. */
  set(app: string, load: AppLoad, at: SimTime): void {
    const loads = this.#loads.get(app)
    if (loads === undefined) this.#loads.set(app, [{ at, load }])
    else loads.push({ at, load })
  }

  /** The load of the app at a time; undefined before the first one. */
  loadAt(app: string, at: SimTime): AppLoad | undefined {
    const loads = this.#loads.get(app) ?? []
    for (let i = loads.length - 1; i >= 0; i--) if (loads[i].at <= at) return loads[i].load
    return undefined
  }
}
