import test from 'ava'
import { SECOND } from '../../../engine/kernel/time.js'
import { DEFAULT_SCHEDULER_COSTS } from '../../../engine/model/defaults.js'
import type { SchedulerSettings } from '../../../engine/model/simulation-model.js'
import { readSchedulerConfiguration } from '../../../engine/scheduler/configuration.js'
import { definePlugin } from '../../../engine/scheduler/framework/define-plugin.js'
import type { FrameworkHandle, SchedulerPlugin } from '../../../engine/scheduler/framework/interface.js'
import { OK } from '../../../engine/scheduler/framework/status.js'
import { buildProfile, type PluginSet, type Profile } from '../../../engine/scheduler/profile.js'

const filter: SchedulerPlugin = { filter() {} }
const both: SchedulerPlugin = { filter() {}, preFilter: () => OK, score() {} }
const sort: SchedulerPlugin = { less: (first, second) => first.queuedAt - second.queuedAt }

const plugins = [
  definePlugin({ name: 'Sort', args: {}, create: () => sort }),
  definePlugin({ name: 'Alpha', args: {}, create: () => both }),
  definePlugin({ name: 'Beta', args: { least: 1, labels: ['zone'] }, create: () => both }),
  definePlugin({ name: 'Gamma', args: {}, create: () => filter }),
  definePlugin({ name: 'Extra', args: {}, create: () => both }),
]
const set: PluginSet = {
  name: 'default',
  about: '',
  plugins: [{ name: 'Sort' }, { name: 'Alpha', weight: 3 }, { name: 'Beta', weight: 2 }, { name: 'Gamma' }],
}
const base: SchedulerSettings = {
  profiles: [],
  percentageOfNodesToScore: 0,
  tieBreak: 'random',
  podInitialBackoff: SECOND,
  podMaxBackoff: 10 * SECOND,
  costs: DEFAULT_SCHEDULER_COSTS,
}
const head = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' }

function read(fields: object) {
  return readSchedulerConfiguration({ ...head, ...fields }, base, plugins)
}

function profileOf(plugin: object, pluginConfig: readonly object[] = []): Profile {
  const { configuration, issues } = read({ profiles: [{ plugins: plugin, pluginConfig }] })
  if (issues.length > 0) throw new Error(JSON.stringify(issues))
  const built = buildProfile(configuration.settings.profiles[0], set, plugins, () => ({}) as FrameworkHandle)
  if (built.issues.length > 0) throw new Error(JSON.stringify(built.issues))
  return built.profile
}

function order(profile: Profile, point: 'filter' | 'score'): string {
  return profile.at[point]
    .map(({ name, weight }) => (point === 'score' ? `${name}*${weight}` : name))
    .join(' ')
}

test('fields that are absent or null keep their defaults', t => {
  for (const fields of [{}, { profiles: null }, { profiles: [] }, { profiles: [{ plugins: null }] }]) {
    const { configuration, issues } = read(fields)
    t.deepEqual(issues, [])
    t.deepEqual(configuration.client, { qps: 50, burst: 100 })
    t.deepEqual(configuration.settings, {
      ...base,
      profiles: [
        { schedulerName: 'default-scheduler', base: 'default', enabled: [], disabled: [], pluginConfig: {} },
      ],
    })
  }
})

test('the scheduler-wide fields are taken over in the units of the model', t => {
  const { configuration, issues } = read({
    percentageOfNodesToScore: 70,
    podInitialBackoffSeconds: 2,
    podMaxBackoffSeconds: 30,
    clientConnection: { qps: 500 },
    leaderElection: { leaderElect: false },
    profiles: [{ schedulerName: 'a', percentageOfNodesToScore: 5 }, { schedulerName: 'b' }],
  })
  t.deepEqual(issues, [])
  const { settings, client } = configuration
  t.is(settings.percentageOfNodesToScore, 70)
  t.is(settings.podInitialBackoff, 2 * SECOND)
  t.is(settings.podMaxBackoff, 30 * SECOND)
  t.deepEqual(client, { qps: 500, burst: 100 })
  t.deepEqual(
    settings.profiles.map(profile => [profile.schedulerName, profile.percentageOfNodesToScore]),
    [
      ['a', 5],
      ['b', undefined],
    ],
  )
})

test('the order of plugins at a point is that of the set, unless the point says otherwise', t => {
  const rows: [string, object, string, string][] = [
    ['nothing said', {}, 'Alpha Beta Gamma', 'Alpha*3 Beta*2'],
    ['off everywhere', { multiPoint: { disabled: [{ name: 'Alpha' }] } }, 'Beta Gamma', 'Beta*2'],
    ['off at one point', { score: { disabled: [{ name: 'Alpha' }] } }, 'Alpha Beta Gamma', 'Beta*2'],
    ['all off at one point', { score: { disabled: [{ name: '*' }] } }, 'Alpha Beta Gamma', ''],
    [
      'a new weight by multiPoint keeps the place',
      { multiPoint: { enabled: [{ name: 'Alpha', weight: 9 }] } },
      'Alpha Beta Gamma',
      'Alpha*9 Beta*2',
    ],
    [
      'a further plugin comes last, with weight 1',
      { multiPoint: { enabled: [{ name: 'Extra' }] } },
      'Alpha Beta Gamma Extra',
      'Alpha*3 Beta*2 Extra*1',
    ],
    [
      'one named at the point itself goes first',
      { filter: { enabled: [{ name: 'Gamma' }] } },
      'Gamma Alpha Beta',
      'Alpha*3 Beta*2',
    ],
    [
      'one switched off and on again at the point goes last',
      { score: { disabled: [{ name: 'Alpha' }], enabled: [{ name: 'Alpha', weight: 7 }] } },
      'Alpha Beta Gamma',
      'Beta*2 Alpha*7',
    ],
    [
      'all off and one on leaves that one',
      { filter: { disabled: [{ name: '*' }], enabled: [{ name: 'Extra' }] } },
      'Extra',
      'Alpha*3 Beta*2',
    ],
  ]
  for (const [rule, given, filters, scores] of rows) {
    const profile = profileOf(given)
    t.is(order(profile, 'filter'), filters, rule)
    t.is(order(profile, 'score'), scores, rule)
  }
})

test("a plugin's arguments are those of its entry, without their apiVersion and kind", t => {
  const { configuration, issues } = read({
    profiles: [
      { pluginConfig: [{ name: 'Beta', args: { apiVersion: head.apiVersion, kind: 'BetaArgs', least: 4 } }] },
    ],
  })
  t.deepEqual(issues, [])
  t.deepEqual(configuration.settings.profiles[0].pluginConfig, { Beta: { least: 4 } })
})

test('everything that is wrong is told at once, each under its path', t => {
  const { issues } = readSchedulerConfiguration(
    {
      apiVersion: 'kubescheduler.config.k8s.io/v1beta3',
      kind: 'KubeSchedulerConfiguration',
      parallelism: 0,
      percentageOfNodesToScore: 101,
      podInitialBackoffSeconds: 20,
      extenders: [{ urlPrefix: 'http://localhost' }],
      profils: [],
      profiles: [
        {
          schedulerName: 'a',
          plugins: { score: { enabled: [{ name: 'Alpa' }, { name: 'Beta' }, { name: 'Beta' }] }, filtr: {} },
          pluginConfig: [{ name: 'Beta', args: { last: 3 } }, { name: 'Beta' }, { name: 'Nobody', args: {} }],
        },
        { schedulerName: 'a' },
      ],
    },
    base,
    plugins,
  )
  t.deepEqual(
    issues.map(({ path }) => path),
    [
      'profils',
      'profiles[0].plugins.filtr',
      'apiVersion',
      'parallelism',
      'percentageOfNodesToScore',
      'podMaxBackoffSeconds',
      'extenders[0]',
      'profiles[0].plugins.score.enabled[0].name',
      'profiles[0].plugins.score.enabled[2].name',
      'profiles[0].pluginConfig[0].args.last',
      'profiles[0].pluginConfig[1].name',
      'profiles[0].pluginConfig[2].name',
      'profiles[1].schedulerName',
    ],
  )
  t.true(issues.some(({ message }) => message === 'there is no plugin "Alpa"; did you mean "Alpha"?'))
})
