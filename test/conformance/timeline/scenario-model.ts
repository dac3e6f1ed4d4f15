/**
 * Makes the model of a run from a recorded scenario: `input.yaml` and `script.yaml` as they are. Nodes,
 * Namespaces and classes exist for a while before time 0, as they did in the recordings; everything else is
 * created at time 0.
 */
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import {
  DEFAULT_CONTROL_PLANE,
  DEFAULT_KUBELET,
  DEFAULT_POD_INITIAL_BACKOFF,
  DEFAULT_POD_MAX_BACKOFF,
  DEFAULT_SCHEDULER_COSTS,
  type Manifest,
  NEVER,
  type Operation,
  type PodSpec,
  SECOND,
  type SimTime,
  type SimulationModel,
} from '../../../engine/index.js'
import { checkObject } from '../../../scenarios/manifests/check-object.js'
import { PriorityClasses } from '../../../scenarios/priority-classes.js'
import { scheduleZones } from '../../../scenarios/schedule-zones.js'
import { readGolden } from '../golden-files.js'
import { type Script, secondsOf, stepOperations } from './script-steps.js'

/**
 * How long nodes have been there at time 0: long enough to lose their taints; the phase of loops is
 * arbitrary.
 */
export const SETUP: SimTime = 63 * SECOND + 200_000

/** 2026-01-01T00:00:00Z. */
const MIDNIGHT_SECONDS = 1_767_225_600

/** Objects are created one after another: what each request of the recorder took (mean of 369 recorded gaps). */
const REQUEST_TIME: SimTime = (26 * SECOND) / 1000

const BEFORE_START: ReadonlySet<string> = new Set(['Namespace', 'Node', 'PriorityClass', 'StorageClass'])

export interface RecordedScenario {
  readonly name: string
  readonly script: Script
  readonly model: SimulationModel
  /** Wall clock of time 0, in seconds since 1970. */
  readonly wallClockSeconds: number
}

export async function readScenario(folder: string, seed: string): Promise<RecordedScenario> {
  const script = parse(readGolden(join(folder, 'script.yaml'))) as Script
  const documents = parseAllDocuments(readGolden(join(folder, 'input.yaml')))
  const manifests = [namespace('app'), ...documents.map(document => checked(document.toJS()))]
  const priorities = new PriorityClasses()
  for (const manifest of manifests) if (manifest.kind === 'PriorityClass') priorities.add(manifest)
  const admitted = (manifest: Manifest): Manifest => {
    if (manifest.kind !== 'Pod') return manifest
    const result = priorities.admit(manifest['spec'] as PodSpec)
    if (!('spec' in result)) throw new Error(result.message)
    return { ...manifest, spec: result.spec }
  }
  const before = manifests.filter(({ kind }) => BEFORE_START.has(kind))
  const others = manifests.filter(({ kind }) => !BEFORE_START.has(kind))
  const input: Operation[] = [
    ...before.map(manifest => ({ op: 'apply' as const, at: 0, manifest: admitted(manifest) })),
    ...oneByOne(others.map(manifest => ({ op: 'apply', at: SETUP, manifest: admitted(manifest) }))),
  ]
  const steps = script.steps.flatMap(step =>
    oneByOne(stepOperations(step, SETUP)).map(operation =>
      operation.op === 'apply'
        ? { ...operation, manifest: admitted(checked(operation.manifest)) }
        : operation,
    ),
  )
  const operations = [...input, ...provisioners(script), ...steps]
  const wallClockSeconds = MIDNIGHT_SECONDS + (script.secondOfMinute ?? 10) + 0.4
  return {
    name: script.name,
    script,
    wallClockSeconds,
    model: {
      name: script.name,
      about: script.description ?? '',
      seed,
      until: SETUP + secondsOf(script.duration),
      maxEvents: 20_000_000,
      epochSeconds: wallClockSeconds - SETUP / SECOND,
      timeZones: await scheduleZones(operations, MIDNIGHT_SECONDS, NEVER),
      controlPlane: DEFAULT_CONTROL_PLANE,
      kubelet: DEFAULT_KUBELET,
      scheduler: {
        profiles: [
          {
            schedulerName: 'default-scheduler',
            base: 'default',
            enabled: [],
            disabled: [],
            pluginConfig: {},
          },
        ],
        percentageOfNodesToScore: 0,
        tieBreak: 'heap',
        podInitialBackoff: DEFAULT_POD_INITIAL_BACKOFF,
        podMaxBackoff: DEFAULT_POD_MAX_BACKOFF,
        costs: DEFAULT_SCHEDULER_COSTS,
      },
      nodePools: [],
      podTemplates: [],
      traces: [],
      operations,
      failures: [],
      measure: { interval: 60 * SECOND, records: ['events'] },
    },
  }
}

function oneByOne(operations: readonly Operation[]): Operation[] {
  return operations.map((operation, i) => ({ ...operation, at: operation.at + i * REQUEST_TIME }))
}

function namespace(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** Checks and defaults a manifest as the loading of manifest files does. */
function checked(value: unknown): Manifest {
  const result = checkObject(value, [])
  if ('manifest' in result) return result.manifest
  throw new Error(result.faults.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}

function provisioners({ provisioner }: Script): Operation[] {
  if (provisioner === undefined) return []
  const { name, createSeconds, deleteSeconds } = provisioner
  return [
    {
      op: 'provisioner',
      at: 0,
      name,
      createDelay: createSeconds * SECOND,
      deleteDelay: deleteSeconds * SECOND,
    },
  ]
}
