/**
 * What Karpenter's scheduling reads off a pod's template, made once for all pods that share it, with the same pod
 * after each thing it gives up.
 * Upstream: PodData and updateCachedPodData of pkg/controllers/provisioning/scheduling/scheduler.go, Karpenter core
 * 1.15.
 * Simplified: nothing known.
 */
import type { Labels, PodSpec } from '../../model/pod-spec.js'
import { type HostPort, hostPortsOf } from './host-ports.js'
import type { ResourceAmounts } from './instance-type.js'
import { relaxPod } from './relax-pod.js'
import { Requirements } from './requirements.js'
import { requestsOf, type SchedulingPod } from './scheduling-pod.js'

export interface ShapeOptions {
  readonly respectsPreferences: boolean
  readonly somePoolPrefersNot: boolean
}

export class PodShape {
  readonly namespace: string
  readonly labels: Labels
  readonly spec: PodSpec
  readonly requests: ResourceAmounts
  readonly hostPorts: readonly HostPort[]
  /** With the heaviest preference, unless preferences are ignored. */
  readonly requirements: Requirements
  readonly strictRequirements: Requirements
  /** It asks for devices through ResourceClaims, which Karpenter does not place. */
  readonly claimsDevices: boolean
  readonly #options: ShapeOptions
  #relaxed: PodShape | undefined
  #isRelaxedKnown = false

  constructor(namespace: string, labels: Labels, spec: PodSpec, options: ShapeOptions) {
    this.namespace = namespace
    this.labels = labels
    this.spec = spec
    this.requests = requestsOf(spec)
    this.hostPorts = hostPortsOf(spec)
    this.strictRequirements = Requirements.ofPodStrictly(spec)
    const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const hasPreference = options.respectsPreferences && preferred.length > 0
    this.requirements = hasPreference ? Requirements.ofPod(spec) : this.strictRequirements
    this.claimsDevices = claimsDevices(spec)
    this.#options = options
  }

  /** The pod with one thing given up; undefined when there is nothing left. */
  get relaxed(): PodShape | undefined {
    if (!this.#isRelaxedKnown) {
      this.#isRelaxedKnown = true
      const spec = relaxPod(this.spec, this.#options.somePoolPrefersNot)
      if (spec !== undefined) this.#relaxed = new PodShape(this.namespace, this.labels, spec, this.#options)
    }
    return this.#relaxed
  }
}

/** The shapes of pods, kept as long as their specs are. */
export class PodShapes {
  readonly #options: ShapeOptions
  readonly #bySpec = new WeakMap<PodSpec, WeakMap<Labels, Map<string, PodShape>>>()

  constructor(options: ShapeOptions) {
    this.#options = options
  }

  of({ namespace, labels, spec }: SchedulingPod): PodShape {
    let byLabels = this.#bySpec.get(spec)
    if (byLabels === undefined) this.#bySpec.set(spec, (byLabels = new WeakMap()))
    let byNamespace = byLabels.get(labels)
    if (byNamespace === undefined) byLabels.set(labels, (byNamespace = new Map()))
    let shape = byNamespace.get(namespace)
    if (shape === undefined) {
      byNamespace.set(namespace, (shape = new PodShape(namespace, labels, spec, this.#options)))
    }
    return shape
  }
}

function claimsDevices({ resourceClaims = [], containers, initContainers = [] }: PodSpec): boolean {
  if (resourceClaims.length > 0) return true
  return [...containers, ...initContainers].some(({ resources }) => (resources?.claims ?? []).length > 0)
}
