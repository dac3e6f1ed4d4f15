import type { ExpectedPods } from '../../model/typical-pods.js'
import type { Recorder } from '../../record/recorder.js'
import type { PodId } from '../../state/ids.js'
import type { Snapshot } from '../framework/snapshot.js'
import { GpuDevices } from './gpu-devices.js'
import { NodeFragmentation } from './node-fragmentation.js'

/**
 * Tells the record `gpu-arrivals` how the GPUs of the cluster stand after the first attempt of every pod, found a node
 * or not.
 *
 * Upstream: what the FGD paper's simulator logs after each pod.
 * Simplified: nothing known.
 */
export class GpuArrivals {
  readonly #recorder: Recorder
  readonly #snapshot: Snapshot
  readonly #devices: GpuDevices
  readonly #fragmentation: NodeFragmentation
  #requestedMilli = 0

  constructor(recorder: Recorder, snapshot: Snapshot, workload: () => readonly ExpectedPods[]) {
    this.#recorder = recorder
    this.#snapshot = snapshot
    this.#devices = GpuDevices.of(snapshot)
    this.#fragmentation = NodeFragmentation.of(snapshot, workload)
  }

  /** The pod's cycle is over, and so is the choice of its devices. */
  tried(pod: PodId): void {
    const { gpuArrivals } = this.#recorder
    if (this.#recorder.attemptsOf(pod) !== 1) return
    const { devices, milliEach } = this.#devices.demandOf(this.#snapshot.shapes.of(pod))
    const { capacityMilli, allocatedMilli } = this.#devices
    this.#requestedMilli += devices * milliEach
    if (capacityMilli === 0) return
    const fragmentedMilli = this.#fragmentation.clusterMilli()
    gpuArrivals?.arrival(this.#requestedMilli, { capacityMilli, allocatedMilli, fragmentedMilli })
  }
}
