import type {
  AllocatedDevice,
  AllocationResult,
  DeviceClass,
  ResourceClaimSpec,
} from '../../../model/devices.js'
import type { NodeSelector, NodeSelectorRequirement } from '../../../model/node-affinity.js'
import { formatQuantity } from '../../../model/quantity.js'
import { type ClaimDemand, requestName } from './demands.js'
import type { ChosenDevice } from './device-choices.js'

/**
 * What is written into a claim's status: the devices with all that a driver must know, and the nodes that can
 * use them.
 *
 * Upstream: Allocate and createNodeSelector of k8s.io/dynamic-resource-allocation
 * structured/internal/incubating/allocator_incubating.go (1.36).
 * Simplified: shares of a device are numbered, where upstream draws a UUID.
 */
export function allocationOf(
  spec: ResourceClaimSpec,
  claimUid: number,
  demand: ClaimDemand,
  chosen: readonly ChosenDevice[],
  nodeName: string,
): AllocationResult {
  const results = chosen.map((choice, i) => resultOf(choice, `${claimUid}-${i}`))
  const config = configOf(spec, demand, chosen)
  const nodeSelector = selectorOf(chosen, nodeName)
  return {
    devices: { results, ...(config.length === 0 ? {} : { config }) },
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
  }
}

function resultOf(
  { device: { device, pool }, demand, consumed }: ChosenDevice,
  shareID: string,
): AllocatedDevice {
  const { bindingConditions, bindingFailureConditions } = device
  return {
    request: requestName(demand),
    driver: pool.driver,
    pool: pool.name,
    device: device.name,
    ...(demand.isAdmin ? { adminAccess: true } : {}),
    ...(demand.tolerations.length > 0 ? { tolerations: demand.tolerations } : {}),
    ...(bindingConditions === undefined ? {} : { bindingConditions }),
    ...(bindingFailureConditions === undefined ? {} : { bindingFailureConditions }),
    ...(consumed === undefined ? {} : { shareID }),
    ...(consumed === undefined || consumed.size === 0
      ? {}
      : {
          consumedCapacity: Object.fromEntries(
            [...consumed].map(([name, amount]) => [name, formatQuantity(amount)]),
          ),
        }),
  }
}

/** The settings of each class once, with the requests that use it, then those of the claim. */
function configOf(
  spec: ResourceClaimSpec,
  { requests }: ClaimDemand,
  chosen: readonly ChosenDevice[],
): object[] {
  const selected = requests.map(
    alternatives =>
      alternatives.find(demand => chosen.some(choice => choice.demand === demand)) ?? alternatives[0],
  )
  const requestsOf = new Map<DeviceClass, string[]>()
  for (const demand of selected) {
    if (demand.class === undefined) continue
    const names = requestsOf.get(demand.class)
    if (names === undefined) requestsOf.set(demand.class, [requestName(demand)])
    else names.push(requestName(demand))
  }
  const config: object[] = []
  for (const [deviceClass, names] of requestsOf) {
    for (const entry of deviceClass.spec.config ?? []) {
      config.push({ source: 'FromClass', ...entry, requests: names })
    }
  }
  for (const entry of spec.devices?.config ?? []) {
    const named = entry.requests ?? []
    const uses = selected.filter(
      demand => named.includes(demand.parent || demand.name) || named.includes(requestName(demand)),
    )
    const copies = named.length === 0 ? 1 : uses.length
    for (let i = 0; i < copies; i++) config.push({ source: 'FromClaim', ...entry })
  }
  return config
}

/** One device of a node ties the claim to that node; else all that the devices ask of a node. */
function selectorOf(chosen: readonly ChosenDevice[], nodeName: string): NodeSelector | undefined {
  const matchFields: NodeSelectorRequirement[] = []
  const matchExpressions: NodeSelectorRequirement[] = []
  for (const { device } of chosen) {
    const place = device.slice.perDeviceNodeSelection === true ? device.device : device.slice
    if (place.nodeName !== undefined || device.device.bindsToNode === true) {
      const requirement = { key: 'metadata.name', operator: 'In', values: [nodeName] }
      return { nodeSelectorTerms: [{ matchFields: [requirement] }] }
    }
    const [term] = place.nodeSelector?.nodeSelectorTerms ?? []
    addNew(matchFields, term?.matchFields ?? [])
    addNew(matchExpressions, term?.matchExpressions ?? [])
  }
  if (matchFields.length === 0 && matchExpressions.length === 0) return undefined
  return { nodeSelectorTerms: [{ matchFields, matchExpressions }] }
}

function addNew(list: NodeSelectorRequirement[], requirements: readonly NodeSelectorRequirement[]): void {
  for (const requirement of requirements) {
    const key = requirementKey(requirement)
    if (!list.some(other => requirementKey(other) === key)) list.push(requirement)
  }
}

function requirementKey({ key, operator, values }: NodeSelectorRequirement): string {
  return JSON.stringify([key, operator, [...new Set(values ?? [])].sort()])
}
