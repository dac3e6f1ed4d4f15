/**
 * Selectors of devices: an expression over `device`, with its driver, attributes and capacities. A domain
 * that a device does not know holds nothing; an attribute that it lacks is an error.
 * Upstream: k8s.io/dynamic-resource-allocation/cel/compile.go, release 1.36.
 * Simplified: lists of attribute values, behind the gate DRAListTypeAttributes and off by default, are left
 * out.
 */
import type { Device, DeviceAttribute } from '../devices.js'
import { parseQuantity } from '../quantity.js'
import { compileExpression, type Declarations, type Evaluate } from './compile.js'
import { parseSemver } from './semver.js'
import { CelError, type CelKey, CelMap, CelQuantity, type CelValue, typeName } from './value.js'

const FIELDS = ['driver', 'allowMultipleAllocations', 'attributes', 'capacity']
const DECLARED: Declarations = new Map([['device', FIELDS]])
const EMPTY = new CelMap(new Map())

export interface DeviceSelector {
  /** What is wrong with the expression, in the words of the error. */
  readonly error: string | undefined
  /** Whether the device is selected, or why that cannot be said. */
  matches(device: Device, driver: string): boolean | { readonly error: string }
}

const selectors = new Map<string, DeviceSelector>()

/** The selector of an expression; equal texts share one. */
export function deviceSelector(expression: string): DeviceSelector {
  let selector = selectors.get(expression)
  if (selector === undefined) {
    selector = makeSelector(expression)
    selectors.set(expression, selector)
  }
  return selector
}

function makeSelector(expression: string): DeviceSelector {
  const evaluate = compileExpression(expression, DECLARED)
  if ('error' in evaluate) {
    const error = `compilation failed: ERROR: ${evaluate.error}`
    return { error, matches: () => ({ error }) }
  }
  return { error: undefined, matches: (device, driver) => judge(evaluate, device, driver) }
}

function judge(evaluate: Evaluate, device: Device, driver: string): boolean | { readonly error: string } {
  const value = deviceValue(device, driver)
  if (value instanceof CelError) return { error: value.message }
  const result = evaluate({ name: 'device', value, outer: undefined })
  if (typeof result === 'boolean') return result
  if (result instanceof CelError) return { error: result.message }
  return { error: `CEL result of type ${typeName(result)} could not be converted to bool` }
}

const values = new WeakMap<Device, Map<string, CelMap | CelError>>()

/** The value of `device`; devices are never changed in place. */
function deviceValue(device: Device, driver: string): CelMap | CelError {
  let byDriver = values.get(device)
  if (byDriver === undefined) {
    byDriver = new Map()
    values.set(device, byDriver)
  }
  let value = byDriver.get(driver)
  if (value === undefined) {
    value = makeDeviceValue(device, driver)
    byDriver.set(driver, value)
  }
  return value
}

function makeDeviceValue(device: Device, driver: string): CelMap | CelError {
  const attributes: [string, CelValue][] = []
  for (const [name, attribute] of Object.entries(device.attributes ?? {})) {
    const value = attributeValue(attribute)
    if (value instanceof CelError) return new CelError(`attribute ${name}: ${value.message}`)
    attributes.push([name, value])
  }
  const capacities: [string, CelValue][] = []
  for (const [name, { value }] of Object.entries(device.capacity ?? {})) {
    const quantity = parseQuantity(value)
    if (quantity !== undefined) capacities.push([name, new CelQuantity(quantity)])
  }
  return new CelMap(
    new Map<CelKey, CelValue>([
      ['driver', driver],
      ['allowMultipleAllocations', device.allowMultipleAllocations ?? false],
      ['attributes', byDomain(attributes, driver)],
      ['capacity', byDomain(capacities, driver)],
    ]),
  )
}

function attributeValue({ string, int, bool, version }: DeviceAttribute): CelValue {
  if (int !== undefined) return BigInt(int)
  if (bool !== undefined) return bool
  if (string !== undefined) return string
  if (version === undefined) return new CelError('unsupported attribute value')
  return parseSemver(version) ?? new CelError(`parse semantic version: Invalid semantic version "${version}"`)
}

/** Names without a domain belong to the driver. */
function byDomain(entries: readonly (readonly [string, CelValue])[], driver: string): CelMap {
  const domains = new Map<CelKey, CelMap>()
  const contents = new Map<string, Map<CelKey, CelValue>>()
  for (const [name, value] of entries) {
    const slash = name.indexOf('/')
    const domain = slash < 0 ? driver : name.slice(0, slash)
    let content = contents.get(domain)
    if (content === undefined) {
      content = new Map()
      contents.set(domain, content)
      domains.set(domain, new CelMap(content))
    }
    content.set(name.slice(slash + 1), value)
  }
  return new CelMap(domains, EMPTY)
}
