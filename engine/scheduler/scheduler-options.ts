import type { ApiClient } from '../apiserver/api-client.js'
import type { ApiServer } from '../apiserver/api-server.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Streams } from '../kernel/rng.js'
import type { SchedulerSettings } from '../model/simulation-model.js'
import type { ExpectedPods } from '../model/typical-pods.js'
import type { WallClock } from '../model/wall-clock.js'
import type { Recorder } from '../record/recorder.js'
import type { Informer } from '../state/informer.js'
import type { AnyPlugin } from './framework/define-plugin.js'

/** What the scheduler is made of. */
export interface SchedulerOptions {
  readonly kernel: Kernel
  readonly api: ApiServer
  readonly informer: Informer
  readonly client: ApiClient
  readonly settings: SchedulerSettings
  readonly streams: Streams
  readonly recorder: Recorder
  readonly plugins: readonly AnyPlugin[]
  /** The pods that the run will bring. */
  readonly workload: () => readonly ExpectedPods[]
  readonly clock: WallClock
}
