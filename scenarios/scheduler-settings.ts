import {
  didYouMean,
  EXTENSION_POINTS,
  type KnownPlugin,
  PLUGIN_SETS,
  PLUGINS,
  type PluginChoice,
  readSchedulerConfiguration,
  resolveArgs,
  type SchedulerConfiguration,
  type SchedulerProfile,
} from '../engine/index.js'
import type { Assembly } from './assembly.js'
import type { Issue } from './issue.js'
import type { Unreadable } from './manifests/read-file.js'
import type { SourceDocument } from './manifests/source-document.js'
import { formatPath, type Path, parsePath } from './path.js'
import type { ScenarioSections } from './schema.js'

type SchedulerSection = ScenarioSections['scheduler']
type ProfileSection = NonNullable<SchedulerSection['profiles']>[number]

const DEFAULT_PROFILE: SchedulerProfile = {
  schedulerName: 'default-scheduler',
  base: 'default',
  enabled: [],
  disabled: [],
  pluginConfig: {},
}

/** What the settings of the scheduler ask of the world around the scenario. */
export interface SchedulerInputs {
  /** Plugins there are beside the built-in ones. */
  readonly plugins: readonly KnownPlugin[]
  configuration(file: string): SourceDocument | Unreadable | { readonly issues: readonly Issue[] }
}

/** The scheduler of the model and its rate limit, which is `client` unless the configuration has its own. */
export function schedulerSettings(
  section: SchedulerSection,
  client: SchedulerConfiguration['client'],
  inputs: SchedulerInputs,
  assembly: Assembly,
): SchedulerConfiguration {
  const { profile, profiles, configuration, ...rest } = section
  const plugins = [...PLUGINS, ...inputs.plugins]
  if (configuration === undefined) {
    return { settings: { ...rest, profiles: profilesOf(profile, profiles, plugins, assembly) }, client }
  }
  for (const [key, value] of Object.entries({ profile, profiles })) {
    if (value === undefined) continue
    assembly.fault(['scheduler', key], `the profiles are those of "configuration"; leave "${key}" out`, 'key')
  }
  const base = { settings: { ...rest, profiles: [DEFAULT_PROFILE] }, client }
  const document = inputs.configuration(configuration)
  if ('unreadable' in document) assembly.fault(['scheduler', 'configuration'], document.unreadable)
  else if ('issues' in document) assembly.issues.push(...document.issues)
  else return readDocument(document, base, plugins, assembly)
  return base
}

/** Reads the file and tells its mistakes where they were written. */
function readDocument(
  { value, locate }: SourceDocument,
  base: SchedulerConfiguration,
  plugins: readonly KnownPlugin[],
  assembly: Assembly,
): SchedulerConfiguration {
  const { configuration, issues } = readSchedulerConfiguration(value, base.settings, plugins, base.client)
  for (const { path, message } of issues) {
    const place = parsePath(path) ?? []
    const part = message.startsWith('unknown key') ? 'key' : 'value'
    assembly.issues.push({ ...locate(place, part), path: formatPath(place), message })
  }
  return configuration
}

function profilesOf(
  short: string | undefined,
  profiles: readonly ProfileSection[] | undefined,
  plugins: readonly KnownPlugin[],
  assembly: Assembly,
): readonly SchedulerProfile[] {
  if (short !== undefined && profiles !== undefined) {
    assembly.fault(['scheduler', 'profile'], 'give either "profile" or "profiles"', 'key')
  }
  if (short !== undefined) {
    checkBase(short, ['scheduler', 'profile'], assembly)
    return [{ ...DEFAULT_PROFILE, base: short }]
  }
  if (profiles === undefined) return [DEFAULT_PROFILE]
  if (profiles.length === 0) assembly.fault(['scheduler', 'profiles'], 'at least one profile is needed')
  const names = new Set<string>()
  return profiles.map((profile, i) => {
    const path = ['scheduler', 'profiles', i]
    if (names.has(profile.schedulerName)) {
      const message = `there is a profile "${profile.schedulerName}" already`
      assembly.fault([...path, 'schedulerName'], message)
    }
    names.add(profile.schedulerName)
    checkBase(profile.base, [...path, 'base'], assembly)
    checkPlugins(profile, plugins, path, assembly)
    return profileOf(profile, path, assembly)
  })
}

function checkBase(base: string, path: Path, assembly: Assembly): void {
  const known = PLUGIN_SETS.map(({ name }) => name)
  if (known.includes(base)) return
  const meant = didYouMean(base, known)
  const hint = meant === undefined ? `; there are ${known.join(', ')}` : `; did you mean "${meant}"?`
  assembly.fault(path, `there is no profile "${base}"${hint}`)
}

const POINTS = ['multiPoint', ...EXTENSION_POINTS] as const

type PluginSection = NonNullable<ProfileSection['plugins']['multiPoint']>

/** The changes of a profile by point, in a fixed order. */
function changesOf({ plugins }: ProfileSection): readonly (readonly [string, PluginSection])[] {
  const written = plugins as Readonly<Record<string, PluginSection | undefined>>
  return POINTS.flatMap(point => {
    const changes = written[point]
    return changes === undefined ? [] : [[point, changes] as const]
  })
}

function profileOf(profile: ProfileSection, path: Path, assembly: Assembly): SchedulerProfile {
  const enabled: PluginChoice[] = []
  const disabled: { point: string; name: string }[] = []
  for (const [point, changes] of changesOf(profile)) {
    for (const { name, weight } of changes.enabled) {
      enabled.push(weight === undefined ? { point, name } : { point, name, weight })
    }
    for (const { name } of changes.disabled) disabled.push({ point, name })
  }
  const pluginConfig: Record<string, Readonly<Record<string, unknown>>> = {}
  for (const [i, { name, args }] of profile.pluginConfig.entries()) {
    if (Object.hasOwn(pluginConfig, name)) {
      assembly.fault([...path, 'pluginConfig', i, 'name'], `there are arguments for "${name}" already`)
    }
    pluginConfig[name] = args
  }
  const { schedulerName, base } = profile
  return { schedulerName, base, enabled, disabled, pluginConfig }
}

function checkPlugins(
  profile: ProfileSection,
  plugins: readonly KnownPlugin[],
  path: Path,
  assembly: Assembly,
): void {
  const inSets = PLUGIN_SETS.flatMap(set => set.plugins.map(({ name }) => name))
  const names = [...new Set([...plugins.map(({ name }) => name), ...inSets])]
  const check = (name: string, at: Path): boolean => {
    if (names.includes(name)) return true
    const meant = didYouMean(name, names)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    assembly.fault(at, `there is no plugin "${name}"${hint}`)
    return false
  }
  for (const [point, { enabled, disabled }] of changesOf(profile)) {
    const at = [...path, 'plugins', point]
    for (const [i, { name }] of enabled.entries()) check(name, [...at, 'enabled', i, 'name'])
    for (const [i, { name }] of disabled.entries()) {
      if (name !== '*') check(name, [...at, 'disabled', i, 'name'])
    }
  }
  for (const [i, { name, args }] of profile.pluginConfig.entries()) {
    const at = [...path, 'pluginConfig', i]
    const definition = plugins.find(plugin => plugin.name === name)
    if (!check(name, [...at, 'name']) || definition === undefined) continue
    for (const issue of resolveArgs(definition as Parameters<typeof resolveArgs>[0], args).issues) {
      assembly.fault(
        [...at, ...(parsePath(issue.path) ?? [])],
        issue.message,
        issue.message.startsWith('unknown key') ? 'key' : 'value',
      )
    }
  }
}
