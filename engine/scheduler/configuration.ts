import { type Issue, resolveArgs } from '../kernel/definition.js'
import { SECOND } from '../kernel/time.js'
import { type ClientLimit, DEFAULT_CONTROL_PLANE } from '../model/defaults.js'
import type { PluginChoice, SchedulerProfile, SchedulerSettings } from '../model/simulation-model.js'
import type { KnownPlugin, PluginDefinition } from './framework/define-plugin.js'
import { EXTENSION_POINTS, pluginIssue } from './profile.js'

const API_VERSION = 'kubescheduler.config.k8s.io/v1'
const KIND = 'KubeSchedulerConfiguration'
const DEFAULT_SCHEDULER_NAME = 'default-scheduler'
const POINTS = [...EXTENSION_POINTS, 'multiPoint'] as const

const PLUGIN = { name: '', weight: 0 }
const PLUGIN_SET = { enabled: [PLUGIN], disabled: [PLUGIN] }
/** The document with the types of its fields; null takes anything. */
const DOCUMENT = {
  apiVersion: '',
  kind: '',
  parallelism: 16,
  leaderElection: null,
  clientConnection: { kubeconfig: '', acceptContentTypes: '', contentType: '', qps: 50, burst: 100 },
  enableProfiling: true,
  enableContentionProfiling: true,
  percentageOfNodesToScore: 0,
  podInitialBackoffSeconds: 1,
  podMaxBackoffSeconds: 10,
  profiles: [
    {
      schedulerName: '',
      percentageOfNodesToScore: -1,
      plugins: Object.fromEntries(POINTS.map(point => [point, PLUGIN_SET])),
      pluginConfig: [{ name: '', args: null as unknown }],
    },
  ],
  extenders: [] as unknown[],
  delayCacheUntilActive: false,
}
type Document = typeof DOCUMENT
type ProfileDocument = Document['profiles'][number]

/** What a configuration file says, over the settings it is read on top of. */
export interface SchedulerConfiguration {
  readonly settings: SchedulerSettings
  /** The scheduler's rate limit towards the API server. */
  readonly client: ClientLimit
}

/**
 * Reads a KubeSchedulerConfiguration as kube-scheduler's `--config` takes it; what it leaves out stays as in `base`
 * and `client`. All that is wrong with it is answered at once, under the paths of the document.
 *
 * Upstream: pkg/scheduler/apis/config/{v1/defaults.go, validation/validation.go} (1.36).
 * Simplified: extenders are refused, since they are asked over HTTP; parallelism, leader election and profiling
 * are checked and have no effect.
 */
export function readSchedulerConfiguration(
  written: unknown,
  base: SchedulerSettings,
  plugins: readonly KnownPlugin[],
  client: ClientLimit = DEFAULT_CONTROL_PLANE.schedulerClient,
): { readonly configuration: SchedulerConfiguration; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const defaults = {
    ...DOCUMENT,
    clientConnection: { ...DOCUMENT.clientConnection, ...client },
    percentageOfNodesToScore: base.percentageOfNodesToScore,
    podInitialBackoffSeconds: base.podInitialBackoff / SECOND,
    podMaxBackoffSeconds: base.podMaxBackoff / SECOND,
  }
  const given = withoutNulls(written)
  const { args: document, issues: faults } = resolveArgs({ name: KIND, args: defaults }, given, '')
  issues.push(...faults.map(({ path, message }) => ({ path: path.replace(/^\./, ''), message })))
  const named = writtenItems(given, ['profiles'], document.profiles)
  const profiles = named.length > 0 ? named : [EMPTY_PROFILE]
  const { qps, burst } = document.clientConnection
  issues.push(...documentIssues(document))
  if (profiles.length > 1) {
    profiles.forEach(({ schedulerName }, i) => {
      const message = 'each of several profiles needs a name'
      if (schedulerName === '') issues.push({ path: `profiles[${i}].schedulerName`, message })
    })
  }
  const read = profiles.map((profile, i) => readProfile(profile, given, i, plugins, issues))
  for (const [i, { schedulerName }] of read.entries()) {
    if (read.findIndex(other => other.schedulerName === schedulerName) === i) continue
    issues.push({
      path: `profiles[${i}].schedulerName`,
      message: `"${schedulerName}" is the name of two profiles`,
    })
  }
  const settings = {
    ...base,
    profiles: read,
    percentageOfNodesToScore: document.percentageOfNodesToScore,
    podInitialBackoff: Math.round(document.podInitialBackoffSeconds * SECOND),
    podMaxBackoff: Math.round(document.podMaxBackoffSeconds * SECOND),
  }
  return { configuration: { settings, client: { qps, burst } }, issues }
}

/** What a configuration without profiles has. */
const EMPTY_PROFILE: ProfileDocument = {
  schedulerName: '',
  percentageOfNodesToScore: -1,
  plugins: {},
  pluginConfig: [],
}

function documentIssues(document: Document): Issue[] {
  const { apiVersion, kind, parallelism, podInitialBackoffSeconds, podMaxBackoffSeconds } = document
  const issues: Issue[] = []
  const refuse = (path: string, message: string): void => {
    issues.push({ path, message })
  }
  if (apiVersion !== API_VERSION) refuse('apiVersion', `expected "${API_VERSION}", got "${apiVersion}"`)
  if (kind !== KIND) refuse('kind', `expected "${KIND}", got "${kind}"`)
  if (parallelism <= 0) refuse('parallelism', `must be greater than 0, got ${parallelism}`)
  checkPercentage(document.percentageOfNodesToScore, 'percentageOfNodesToScore', issues)
  if (podInitialBackoffSeconds <= 0) refuse('podInitialBackoffSeconds', 'must be greater than 0')
  if (podMaxBackoffSeconds < podInitialBackoffSeconds) {
    refuse('podMaxBackoffSeconds', 'must not be less than podInitialBackoffSeconds')
  }
  document.extenders.forEach((_, i) => {
    refuse(`extenders[${i}]`, 'extenders are asked over HTTP and are not simulated; write a plugin instead')
  })
  return issues
}

function checkPercentage(percentage: number, path: string, issues: Issue[]): void {
  if (Number.isInteger(percentage) && percentage >= 0 && percentage <= 100) return
  issues.push({ path, message: `expected a whole number from 0 to 100, got ${percentage}` })
}

function readProfile(
  document: ProfileDocument,
  given: unknown,
  index: number,
  plugins: readonly KnownPlugin[],
  issues: Issue[],
): SchedulerProfile {
  const path = `profiles[${index}]`
  const { schedulerName, percentageOfNodesToScore } = document
  const enabled: PluginChoice[] = []
  const disabled: { point: string; name: string }[] = []
  for (const [point, set] of Object.entries(document.plugins)) {
    const place = ['profiles', index, 'plugins', point]
    const at = `${path}.plugins.${point}`
    for (const [i, { name, weight }] of writtenItems(given, [...place, 'enabled'], set.enabled).entries()) {
      check(name, plugins, `${at}.enabled[${i}].name`, issues)
      if (enabled.some(choice => choice.point === point && choice.name === name)) {
        issues.push({ path: `${at}.enabled[${i}].name`, message: `"${name}" is enabled twice` })
      }
      enabled.push(weight === 0 ? { point, name } : { point, name, weight })
    }
    for (const [i, { name }] of writtenItems(given, [...place, 'disabled'], set.disabled).entries()) {
      if (name !== '*') check(name, plugins, `${at}.disabled[${i}].name`, issues)
      disabled.push({ point, name })
    }
  }
  const configured = writtenItems(given, ['profiles', index, 'pluginConfig'], document.pluginConfig)
  const profile: SchedulerProfile = {
    schedulerName: schedulerName === '' ? DEFAULT_SCHEDULER_NAME : schedulerName,
    base: 'default',
    enabled,
    disabled,
    pluginConfig: readPluginConfig(configured, `${path}.pluginConfig`, plugins, issues),
  }
  if (percentageOfNodesToScore === -1) return profile
  checkPercentage(percentageOfNodesToScore, `${path}.percentageOfNodesToScore`, issues)
  return { ...profile, percentageOfNodesToScore }
}

/** The items of a list that was written, none where the shape of the document stands in for an absent one. */
function writtenItems<Item>(
  given: unknown,
  path: readonly (string | number)[],
  items: readonly Item[],
): readonly Item[] {
  let value = given
  for (const step of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(step)]
    else if (isRecord(value)) value = value[step]
    else return []
  }
  return value === undefined ? [] : items
}

function check(name: string, plugins: readonly KnownPlugin[], path: string, issues: Issue[]): void {
  const message = pluginIssue(name, plugins)
  if (message !== undefined) issues.push({ path, message })
}

/** Arguments by plugin. Their own apiVersion and kind are checked and left out. */
function readPluginConfig(
  entries: readonly ProfileDocument['pluginConfig'][number][],
  path: string,
  plugins: readonly KnownPlugin[],
  issues: Issue[],
): Record<string, Readonly<Record<string, unknown>>> {
  const config: Record<string, Readonly<Record<string, unknown>>> = {}
  for (const [i, { name, args }] of entries.entries()) {
    const place = `${path}[${i}]`
    check(name, plugins, `${place}.name`, issues)
    if (config[name] !== undefined)
      issues.push({ path: `${place}.name`, message: `"${name}" is configured twice` })
    if (args !== null && !isRecord(args)) {
      issues.push({ path: `${place}.args`, message: 'expected arguments by name' })
      continue
    }
    const { apiVersion = API_VERSION, kind = `${name}Args`, ...own } = args ?? {}
    if (apiVersion !== API_VERSION)
      issues.push({ path: `${place}.args.apiVersion`, message: `expected "${API_VERSION}"` })
    if (kind !== `${name}Args`) issues.push({ path: `${place}.args.kind`, message: `expected "${name}Args"` })
    config[name] = own
    const definition = plugins.find(plugin => plugin.name === name)
    if (definition !== undefined) {
      issues.push(...resolveArgs(definition as PluginDefinition, own, `${place}.args`).issues)
    }
  }
  return config
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Fields that are written as null are absent ones. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, child]) => child !== null)
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child)]))
}
