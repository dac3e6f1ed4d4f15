import type { z } from 'zod'
import {
  didYouMean,
  FAILURE_MODELS,
  type FailureModel,
  type FailureSettings,
  type FailureSubjects,
  type FailureTiming,
  parseSelector,
  resolveArgs,
  type SimTime,
} from '../../engine/index.js'
import type { Assembly } from '../assembly.js'
import type { Unreadable } from '../manifests/read-file.js'
import { type Path, parsePath } from '../path.js'
import { epochSecondsOf } from '../schema/epoch.js'
import type { OutageFormatName, OutageOptions, OutageRecords } from './outage-records.js'
import type { failureSchema } from './schema.js'

type FailureEntry = z.output<typeof failureSchema>
type Model = (typeof FAILURE_MODELS)[number]

/** What failures ask of the world around the scenario. */
export interface FailureInputs {
  outages(format: OutageFormatName, options: OutageOptions): Promise<OutageRecords | Unreadable>
  /** Times of a cron schedule from 0 to the end of the run; a text says what is wrong with it. */
  cronTimes(schedule: string): readonly SimTime[] | string
}

const TIMINGS = ['every', 'at', 'schedule', 'recorded'] as const
const SUBJECTS = ['nodes', 'domain', 'pods'] as const

/** The failure of the model that an entry stands for; faults go to the assembly. */
export async function failureSettings(
  entry: FailureEntry,
  path: Path,
  inputs: FailureInputs,
  assembly: Assembly,
): Promise<FailureSettings | undefined> {
  const model = modelOf(entry, path, assembly)
  const subjects = model === undefined ? undefined : subjectsOf(entry, model, path, assembly)
  const timing = await timingOf(entry, path, inputs, assembly)
  if (model === undefined || subjects === undefined || timing === undefined) return undefined
  return { name: entry.name ?? model.name, model: model.name, args: entry.args, subjects, timing }
}

function modelOf({ model: name, args }: FailureEntry, path: Path, assembly: Assembly): Model | undefined {
  const model = FAILURE_MODELS.find(candidate => candidate.name === name)
  if (model === undefined) {
    const names = FAILURE_MODELS.map(candidate => candidate.name)
    const meant = didYouMean(name, names)
    const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`
    assembly.fault([...path, 'model'], `there is no failure model "${name}"; ${hint}`)
    return undefined
  }
  for (const { path: place, message } of resolveArgs(model as FailureModel<object>, args).issues) {
    const part = message.startsWith('unknown key') ? 'key' : 'value'
    assembly.fault([...path, ...(parsePath(place) ?? [])], message, part)
  }
  return model
}

function subjectsOf(
  entry: FailureEntry,
  model: Model,
  path: Path,
  assembly: Assembly,
): FailureSubjects | undefined {
  const given = SUBJECTS.filter(key => entry[key] !== undefined)
  if (given.length > 1) {
    assembly.fault([...path, given[1]], `give either "${given[0]}" or "${given[1]}"`, 'key')
    return undefined
  }
  const subjects = writtenSubjects(entry) ?? defaultSubjects(model)
  if (!model.subjects.includes(subjects.kind)) {
    const message = `${model.name} strikes ${model.subjects.join(' or ')}, not ${subjects.kind}`
    assembly.fault([...path, given[0] ?? 'model'], message, 'key')
    return undefined
  }
  if (subjects.kind === 'nodes') {
    for (const [i, name] of subjects.pools.entries()) assembly.poolIndex(name, [...path, 'nodes', 'pools', i])
  }
  if (subjects.kind === 'pods') {
    const selector = parseSelector(subjects.selector)
    if ('error' in selector) assembly.fault([...path, 'pods', 'selector'], selector.error)
  }
  return subjects
}

function writtenSubjects({ nodes, domain, pods }: FailureEntry): FailureSubjects | undefined {
  if (nodes !== undefined) return { kind: 'nodes', ...nodes }
  if (domain !== undefined) return { kind: 'domains', label: domain }
  return pods === undefined ? undefined : { kind: 'pods', ...pods }
}

function defaultSubjects({ subjects: [kind] }: Model): FailureSubjects {
  if (kind === 'cluster') return { kind }
  return kind === 'pods'
    ? { kind, namespace: 'default', selector: '' }
    : { kind: 'nodes', pools: [], labels: {} }
}

async function timingOf(
  entry: FailureEntry,
  path: Path,
  inputs: FailureInputs,
  assembly: Assembly,
): Promise<FailureTiming | undefined> {
  const given = TIMINGS.filter(key => entry[key] !== undefined)
  if (given.length === 0) assembly.fault(path, `when? Give one of ${TIMINGS.join(', ')}`)
  if (given.length > 1) {
    assembly.fault([...path, given[1]], `give either "${given[0]}" or "${given[1]}"`, 'key')
  }
  if (given.length !== 1) return undefined
  const { every, lasts, minimum, at, schedule, pick, recorded } = entry
  if (every !== undefined) return { kind: 'renewal', every, lasts, minimum }
  if (at !== undefined) return { kind: 'at', times: at, pick, lasts, minimum }
  if (schedule !== undefined) {
    const times = inputs.cronTimes(schedule)
    if (typeof times !== 'string') return { kind: 'at', times, pick, lasts, minimum }
    assembly.fault([...path, 'schedule'], times)
    return undefined
  }
  if (recorded === undefined) return undefined
  const { format, file, system, from } = recorded
  const fromSeconds = from === undefined ? 0 : (epochSecondsOf(from) ?? 0)
  const read = await inputs.outages(format, { file, system, fromSeconds })
  if ('unreadable' in read) {
    assembly.fault([...path, 'recorded', 'file'], read.unreadable)
    return undefined
  }
  assembly.issues.push(...read.issues)
  return { kind: 'recorded', outages: read.outages }
}
