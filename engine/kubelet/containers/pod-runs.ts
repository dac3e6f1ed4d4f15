/**
 * The pods that are run container by container, and what can be asked of them without changing anything.
 *
 * Upstream: nothing; the kubelet asks the container runtime.
 * Simplified: nothing known.
 */
import type { SimTime } from '../../kernel/time.js'
import type { PodId } from '../../state/ids.js'
import type { ContainerRun } from './container-run.js'
import type { PodRun } from './pod-run.js'

export class PodRuns {
  readonly #byPod = new Map<PodId, PodRun>()

  has(pod: PodId): boolean {
    return this.#byPod.size > 0 && this.#byPod.has(pod)
  }

  get(pod: PodId): PodRun | undefined {
    return this.#byPod.get(pod)
  }

  set(pod: PodId, run: PodRun): void {
    this.#byPod.set(pod, run)
  }

  delete(pod: PodId): void {
    this.#byPod.delete(pod)
  }

  /** Whether any container of the pod runs. */
  isAnyUp(pod: PodId): boolean {
    return this.#byPod.get(pod)?.isAnyUp ?? false
  }

  /** Whether the containers would need more time to stop than the grace. */
  isCut(pod: PodId, grace: SimTime): boolean {
    return this.#byPod.get(pod)?.stopOf(grace).isKilled ?? false
  }

  /** How often a container of the pod has been started again. */
  restartsOf(pod: PodId, name: string): number {
    return this.find(pod, name)?.container.restarts ?? 0
  }

  find(
    pod: PodId,
    name: string,
  ): { readonly run: PodRun; readonly index: number; readonly container: ContainerRun } | undefined {
    const run = this.#byPod.get(pod)
    const index = run?.containers.findIndex(({ plan }) => plan.container.name === name) ?? -1
    return run === undefined || index < 0 ? undefined : { run, index, container: run.containers[index] }
  }
}
