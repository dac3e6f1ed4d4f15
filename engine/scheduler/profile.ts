import { type Issue, resolveArgs } from '../kernel/definition.js'
import { didYouMean } from '../kernel/did-you-mean.js'
import type { PluginChoice, SchedulerProfile } from '../model/simulation-model.js'
import type { PodId } from '../state/ids.js'
import { eventsOf } from './framework/any-event.js'
import type { AnyPlugin, KnownPlugin, PluginDefinition } from './framework/define-plugin.js'
import type {
  EventRegistration,
  FrameworkHandle,
  GroupOfPods,
  SchedulerPlugin,
} from './framework/interface.js'

/** The points a profile can name, in the spelling of KubeSchedulerConfiguration. */
export const EXTENSION_POINTS = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
] as const
export type ExtensionPoint = (typeof EXTENSION_POINTS)[number]

/** A plugin of a profile under its name, with its weight as a scorer. */
export interface EnabledPlugin {
  readonly name: string
  readonly weight: number
  readonly plugin: SchedulerPlugin
}

/** A profile ready to run: at each point the plugins that have it, in order. */
export interface Profile {
  readonly schedulerName: string
  readonly at: Readonly<Record<ExtensionPoint, readonly EnabledPlugin[]>>
  /** Set where a plugin schedules pods in groups. */
  readonly groupOf?: ((pod: PodId) => GroupOfPods | undefined) | undefined
  /** Queueing hints by plugin. */
  readonly events: ReadonlyMap<string, readonly EventRegistration[]>
}

/** A named set of plugins that profiles start from. */
export interface PluginSet {
  readonly name: string
  readonly about: string
  /** In order, for every point they have. */
  readonly plugins: readonly { readonly name: string; readonly weight?: number }[]
  readonly pluginConfig?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The only plugins of the set that score; absent, all of them that can. */
  readonly scorers?: readonly string[]
  /** Instead of the scheduler's own. */
  readonly percentageOfNodesToScore?: number
}

/** The member of a plugin that makes it one of a point. */
const MEMBER: Readonly<Record<ExtensionPoint, keyof SchedulerPlugin>> = {
  preEnqueue: 'preEnqueue',
  queueSort: 'less',
  preFilter: 'preFilter',
  filter: 'filter',
  postFilter: 'postFilter',
  preScore: 'preScore',
  score: 'score',
  reserve: 'reserve',
  permit: 'permit',
  preBind: 'preBind',
  bind: 'bind',
  postBind: 'postBind',
}

/**
 * Builds a profile. Issues (unknown plugins, points and arguments, no queue sort) are answered all at once under
 * `path`; a profile with issues must not run.
 *
 * Upstream: pkg/scheduler/framework/runtime/framework.go NewFramework and expandMultiPointPlugins (1.36).
 * Simplified: nothing known.
 */
export function buildProfile(
  settings: SchedulerProfile,
  set: PluginSet,
  definitions: readonly AnyPlugin[],
  handleOf: (plugin: string) => FrameworkHandle,
  path = 'scheduler',
): { readonly profile: Profile; readonly issues: readonly Issue[] } {
  const issues = settingsIssues(settings, definitions, path)
  const known = new Map(definitions.map(definition => [definition.name, definition]))
  const instances = new Map<string, SchedulerPlugin>()
  const instance = (name: string): SchedulerPlugin | undefined => {
    const definition = known.get(name)
    if (definition === undefined) return undefined
    let plugin = instances.get(name)
    if (plugin === undefined) {
      const given = { ...set.pluginConfig?.[name], ...settings.pluginConfig[name] }
      const resolved = resolveArgs(definition as PluginDefinition, given, `${path}.pluginConfig.${name}`)
      issues.push(...resolved.issues)
      plugin = definition.create(handleOf(name), resolved.args as never)
      instances.set(name, plugin)
    }
    return plugin
  }
  const at = {} as Record<ExtensionPoint, readonly EnabledPlugin[]>
  for (const point of EXTENSION_POINTS) {
    at[point] = choices(point, settings, set).flatMap(({ name, weight = 1 }) => {
      const plugin = instance(name)
      return plugin?.[MEMBER[point]] === undefined ? [] : [{ name, weight, plugin }]
    })
  }
  if (at.queueSort.length !== 1) {
    issues.push({
      path,
      message: `a profile needs exactly one queueSort plugin, this one has ${at.queueSort.length}`,
    })
  }
  const events = new Map([...instances].map(([name, plugin]) => [name, eventsOf(plugin)]))
  const grouping = at.preEnqueue.find(({ plugin }) => plugin.groupOf !== undefined)?.plugin
  const groupOf = grouping === undefined ? undefined : (pod: PodId) => grouping.groupOf?.(pod)
  return { profile: { schedulerName: settings.schedulerName, at, events, groupOf }, issues }
}

/** What is wrong with the name of a plugin, or undefined when there is one of that name. */
export function pluginIssue(name: string, definitions: readonly KnownPlugin[]): string | undefined {
  const names = definitions.map(definition => definition.name)
  if (names.includes(name)) return undefined
  const similar = didYouMean(name, names)
  return `there is no plugin "${name}"${similar === undefined ? '' : `; did you mean "${similar}"?`}`
}

/**
 * The plugins named for one point: first those of multiPoint that the point names itself, then the other multiPoint
 * ones, then what only the point names.
 */
function choices(
  point: ExtensionPoint,
  settings: SchedulerProfile,
  set: PluginSet,
): readonly { readonly name: string; readonly weight?: number }[] {
  const isOff = (where: string, name: string): boolean =>
    settings.disabled.some(entry => entry.point === where && (entry.name === name || entry.name === '*'))
  const named = (where: string): readonly PluginChoice[] =>
    settings.enabled.filter(entry => entry.point === where)
  const isScoring = point === 'score' || point === 'preScore'
  const inSet = set.plugins.filter(({ name }) => !isScoring || set.scorers?.includes(name) !== false)
  const own = named(point)
  const isOwn = (name: string): boolean => own.some(entry => entry.name === name)
  const reconfigured = named('multiPoint')
  // A plugin of the set that is named anew keeps its place; further ones come last.
  const multiPoint = [
    ...inSet
      .filter(({ name }) => !isOff('multiPoint', name))
      .map(plugin => reconfigured.find(({ name }) => name === plugin.name) ?? plugin),
    ...reconfigured.filter(
      ({ name }) => isOff('multiPoint', name) || !inSet.some(plugin => plugin.name === name),
    ),
  ]
  const inherited = multiPoint.filter(({ name }) => !isOff(point, name))
  const isInherited = (name: string): boolean => inherited.some(entry => entry.name === name)
  return [
    ...own.filter(({ name }) => isInherited(name)),
    ...inherited.filter(({ name }) => !isOwn(name)),
    ...own.filter(({ name }) => !isInherited(name)),
  ]
}

function settingsIssues(
  settings: SchedulerProfile,
  definitions: readonly AnyPlugin[],
  path: string,
): Issue[] {
  const issues: Issue[] = []
  const check = (where: string, name: string): void => {
    const message = name === '*' ? undefined : pluginIssue(name, definitions)
    if (message !== undefined) issues.push({ path: `${path}.${where}`, message })
  }
  for (const { point, name } of settings.enabled) check(`plugins.${point}.enabled`, name)
  for (const { point, name } of settings.disabled) check(`plugins.${point}.disabled`, name)
  for (const name of Object.keys(settings.pluginConfig)) check('pluginConfig', name)
  return issues
}
