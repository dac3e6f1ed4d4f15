/**
 * What is wrong with a descheduler policy: unknown fields, plugins and values, and what plugins refuse to start with.
 * Upstream: strict decoding of pkg/descheduler/policyconfig.go of the descheduler 0.36.0.
 * Simplified: metrics collectors are unknown fields, as nothing simulates them.
 */
import { didYouMean } from '../../kernel/did-you-mean.js'
import {
  type Check,
  count,
  type Fields,
  fields,
  flag,
  isFields,
  oneOf,
  PLUGIN_ARGUMENTS,
  PLUGIN_RULES,
  selectorText,
  text,
  texts,
} from './plugin-arguments.js'
import { DESCHEDULER_PLUGINS } from './plugins/index.js'

export interface PolicyFault {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly part?: 'key'
}

type Path = readonly (string | number)[]

const POLICY: Readonly<Record<string, Check>> = {
  apiVersion: oneOf(['descheduler/v1alpha2']),
  kind: oneOf(['DeschedulerPolicy']),
  profiles: value => (Array.isArray(value) ? undefined : 'expected a list'),
  nodeSelector: selectorText,
  maxNoOfPodsToEvictPerNode: count,
  maxNoOfPodsToEvictPerNamespace: count,
  maxNoOfPodsToEvictTotal: count,
  evictionFailureEventNotification: flag,
  gracePeriodSeconds: count,
}
const PROFILE: Readonly<Record<string, Check>> = {
  name: text,
  pluginConfig: value => (Array.isArray(value) ? undefined : 'expected a list'),
  plugins: fields,
}
const CONFIG: Readonly<Record<string, Check>> = { name: text, args: fields }
const POINTS = ['presort', 'sort', 'deschedule', 'balance', 'filter', 'preevictionfilter']
const PLUGIN_SETS: Readonly<Record<string, Check>> = Object.fromEntries(POINTS.map(point => [point, fields]))
const PLUGIN_SET: Readonly<Record<string, Check>> = { enabled: texts, disabled: texts }

/** All mistakes in a policy as it was written. */
export function deschedulerPolicyFaults(policy: unknown): PolicyFault[] {
  const faults: PolicyFault[] = []
  checkFields(policy, POLICY, [], faults)
  for (const [i, profile] of listIn(policy, 'profiles').entries()) {
    const path = ['profiles', i]
    checkFields(profile, PROFILE, path, faults)
    for (const [j, config] of listIn(profile, 'pluginConfig').entries()) {
      checkConfig(config, [...path, 'pluginConfig', j], faults)
    }
    if (isFields(profile)) checkPlugins(profile, path, faults)
  }
  return faults
}

function checkConfig(config: unknown, path: Path, faults: PolicyFault[]): void {
  if (!checkFields(config, CONFIG, path, faults)) return
  const { name, args = {} } = config as { readonly name: string; readonly args?: Fields }
  const checks = Object.hasOwn(PLUGIN_ARGUMENTS, name) ? PLUGIN_ARGUMENTS[name] : undefined
  if (checks === undefined) {
    faults.push({ path: [...path, 'name'], message: unknown('plugin', name, Object.keys(PLUGIN_ARGUMENTS)) })
    return
  }
  if (!checkFields(args, checks, [...path, 'args'], faults)) return
  const message = Object.hasOwn(PLUGIN_RULES, name) ? PLUGIN_RULES[name](args) : undefined
  if (message !== undefined) faults.push({ path: [...path, 'args'], message })
}

function checkPlugins(profile: Fields, path: Path, faults: PolicyFault[]): void {
  const { plugins } = profile
  // Told with the profile.
  if (!isFields(plugins)) return
  checkFields(plugins, PLUGIN_SETS, [...path, 'plugins'], faults)
  const configured = listIn(profile, 'pluginConfig').map(config => isFields(config) && config['name'])
  for (const point of ['deschedule', 'balance'] as const) {
    const place = [...path, 'plugins', point]
    const set = plugins[point] ?? {}
    if (!isFields(set) || !checkFields(set, PLUGIN_SET, place, faults)) continue
    for (const [i, plugin] of listIn(set, 'enabled').entries()) {
      const name = String(plugin)
      const message = pluginFault(name, point, configured.includes(name))
      if (message !== undefined) faults.push({ path: [...place, 'enabled', i], message })
    }
  }
}

function pluginFault(name: string, point: string, isConfigured: boolean): string | undefined {
  const plugin = DESCHEDULER_PLUGINS.get(name)
  if (plugin === undefined) return unknown('plugin', name, [...DESCHEDULER_PLUGINS.keys()])
  if (plugin.point !== point) return `"${name}" is a plugin of the point "${plugin.point}"`
  if (isConfigured || !Object.hasOwn(PLUGIN_RULES, name)) return undefined
  return PLUGIN_RULES[name]({})
}

/** Answers whether all fields are as they should be; what is not is told. */
function checkFields(
  value: unknown,
  checks: Readonly<Record<string, Check>>,
  path: Path,
  faults: PolicyFault[],
): value is Fields {
  if (!isFields(value)) {
    faults.push({ path, message: 'expected a mapping' })
    return false
  }
  const before = faults.length
  for (const [key, child] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (check === undefined) {
      faults.push({ path: [...path, key], message: unknown('key', key, Object.keys(checks)), part: 'key' })
      continue
    }
    const message = check(child)
    if (message !== undefined) faults.push({ path: [...path, key], message })
  }
  return faults.length === before
}

function unknown(what: 'key' | 'plugin', name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known)
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`
  return `unknown ${what} "${name}"; ${hint}`
}

/** Empty when there is no list. */
function listIn(value: unknown, key: string): readonly unknown[] {
  const list = isFields(value) ? value[key] : undefined
  return Array.isArray(list) ? list : []
}
