import type { Phase, PodId } from '../../state/ids.js'

/** What the kubelet does with a pod's containers' news. */
export interface ContainerPorts {
  /** Whether nothing can be done now; `act` is called later. */
  isPutOff(pod: PodId, act: (pod: PodId) => void): boolean
  report(pod: PodId, news: ContainerNews): void
}

/** The status of a pod to report, when it may have changed. */
export interface ContainerNews {
  readonly phase: Phase
  readonly isReady: boolean
  /** One of the two below is another one. */
  readonly hasRestarted: boolean
  readonly restarts: number
  /** Why a container waits; empty when none does. */
  readonly waiting: string
}
