/**
 * What the cloud of a run sells: the catalogue of the scenario, less what was refused a short while ago.
 * Upstream: Karpenter core 1.15 leaves this to its cloud providers; an offering out of stock is left alone for a while
 * as in pkg/cache/unavailableofferings.go of karpenter-provider-aws 1.
 * Simplified: no reserved capacity, and prices never change.
 */
import type { SimTime } from '../../../kernel/time.js'
import type { InstanceTypeSettings, OfferingSettings } from '../../../model/karpenter-run.js'
import { capacityTypeOf, type InstanceType, type Offering, zoneOf } from '../instance-type.js'
import { Requirement } from '../requirement.js'
import { Requirements } from '../requirements.js'
import { CAPACITY_TYPE, INSTANCE_TYPE, WELL_KNOWN_LABELS, ZONE } from '../well-known-labels.js'

/** One offering of one type, with what its machines are like. */
export interface Offer {
  readonly key: string
  readonly type: InstanceTypeSettings
  readonly offering: OfferingSettings
  /** Machines there are of it. */
  machines: number
}

export class CloudOffers {
  readonly wellKnown: ReadonlySet<string>
  readonly #settings: readonly InstanceTypeSettings[]
  readonly #offers = new Map<string, Offer>()
  readonly #refusedUntil = new Map<string, SimTime>()
  #types: readonly InstanceType[]

  constructor(settings: readonly InstanceTypeSettings[], wellKnownLabels: readonly string[]) {
    this.#settings = settings
    this.wellKnown = new Set([...WELL_KNOWN_LABELS, ...wellKnownLabels])
    for (const type of settings) {
      for (const offering of type.offerings) {
        const key = keyOf(type.name, offering.capacityType, offering.zone)
        this.#offers.set(key, { key, type, offering, machines: 0 })
      }
    }
    this.#types = this.#listed()
  }

  /** As they are offered now; the list is another one when anything about it has changed. */
  get types(): readonly InstanceType[] {
    return this.#types
  }

  offerOf(type: InstanceType, offering: Offering): Offer {
    return this.#offers.get(keyOf(type.name, capacityTypeOf(offering), zoneOf(offering))) as Offer
  }

  isRefused({ key }: Offer): boolean {
    return this.#refusedUntil.has(key)
  }

  /** The cloud had none. */
  refuse({ key }: Offer, until: SimTime): void {
    this.#refusedUntil.set(key, until)
    this.#types = this.#listed()
  }

  /** Lets refusals that are over be forgotten; answers whether there were any. */
  forgetRefusals(now: SimTime): boolean {
    const over = [...this.#refusedUntil].filter(([, until]) => until <= now).map(([key]) => key)
    for (const key of over) this.#refusedUntil.delete(key)
    if (over.length > 0) this.#types = this.#listed()
    return over.length > 0
  }

  #listed(): readonly InstanceType[] {
    return this.#settings.map(settings => {
      const { name, labels, capacity, overhead, offerings } = settings
      return {
        name,
        requirements: new Requirements([
          ...Requirements.ofLabels({ ...labels, [INSTANCE_TYPE]: name }),
          Requirement.in(
            ZONE,
            offerings.map(({ zone }) => zone),
          ),
          Requirement.in(
            CAPACITY_TYPE,
            offerings.map(({ capacityType }) => capacityType),
          ),
        ]),
        offerings: offerings.map(offering => this.#offered(name, offering)),
        capacity: new Map(Object.entries(capacity)),
        overhead: new Map(Object.entries(overhead)),
      }
    })
  }

  #offered(type: string, { zone, capacityType, price, isAvailable }: OfferingSettings): Offering {
    return {
      requirements: Requirements.ofLabels({ [ZONE]: zone, [CAPACITY_TYPE]: capacityType }),
      price,
      isAvailable: isAvailable && !this.#refusedUntil.has(keyOf(type, capacityType, zone)),
    }
  }
}

function keyOf(type: string, capacityType: string, zone: string): string {
  return `${type}/${capacityType}/${zone}`
}
