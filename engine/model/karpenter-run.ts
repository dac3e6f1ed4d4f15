import type { DistributionSpec } from '../kernel/distributions.js'
import type { SimTime } from '../kernel/time.js'
import type { ClientLimit } from './defaults.js'
import type { Labels } from './pod-spec.js'

/** A Karpenter in a run: its flags and what its cloud sells. Its NodePools are objects of the API. */
export interface KarpenterModel {
  readonly settings: KarpenterSettings
  readonly instanceTypes: readonly InstanceTypeSettings[]
  /** Labels that instance types have beside those every cloud knows: pods may ask for them. */
  readonly wellKnownLabels: readonly string[]
  /** The model's node pool that the nodes of a NodePool are counted under, by its name. */
  readonly pools: Readonly<Record<string, number>>
}

/** Flags of Karpenter core 1.15, and what its cloud does. */
export interface KarpenterSettings {
  /** `--batch-idle-duration` and `--batch-max-duration` */
  readonly batchIdleDuration: SimTime
  readonly batchMaxDuration: SimTime
  /** `--feature-gates SpotToSpotConsolidation` */
  readonly spotToSpotConsolidation: boolean
  /** `--preference-policy` */
  readonly preferencePolicy: 'Respect' | 'Ignore'
  /** `--min-values-policy` */
  readonly minValuesPolicy: 'Strict' | 'BestEffort'
  /** `--kube-client-qps` and `--kube-client-burst` */
  readonly client: ClientLimit
  /** From the request for a machine until the cloud says yes or no; not a flag. */
  readonly launchTime: SimTime
  /** How long an offering that was refused is taken as unavailable; no flag, clouds choose it. */
  readonly unavailableFor: SimTime
}

/** One entry of the catalogue. Amounts are in the model's units. */
export interface InstanceTypeSettings {
  readonly name: string
  readonly labels: Labels
  readonly capacity: Readonly<Record<string, number>>
  /** What of it no pod may use. */
  readonly overhead: Readonly<Record<string, number>>
  readonly offerings: readonly OfferingSettings[]
  readonly machines: MachineSettings
}

export interface OfferingSettings {
  readonly zone: string
  /** on-demand or spot. */
  readonly capacityType: string
  /** Of one machine for one hour. */
  readonly price: number
  /** Whether it can be launched at all. */
  readonly isAvailable: boolean
  /** Machines of it at a time; more are refused. Infinity: no quota. */
  readonly quota: number
  /** Share of launches that find none. */
  readonly stockoutShare: number
}

/** What becomes of a machine that is asked for. Times are drawn in seconds, for each machine anew. */
export interface MachineSettings {
  /** From the cloud's yes until the node registers. */
  readonly bootTime: DistributionSpec
  /** From its registration until it is ready. */
  readonly readyDelay: SimTime
  /** From then until what its startup taints wait for is done. */
  readonly startupTime: SimTime
  /** From the request to terminate a machine until it is gone. */
  readonly shutdownTime: DistributionSpec
  /** Share of machines that start and never register. */
  readonly lostShare: number
}
