/** What loading an experiment takes and gives. */
import type { MetricDefinition } from '../engine/index.js'
import type { Documents, Issue, Locate, ScenarioChange } from '../scenarios/index.js'
import type { Experiment } from './experiment.js'
import type { ExperimentFile } from './schema.js'

export interface ExperimentOptions {
  /** `name=value`: a parameter, the values of an axis, or a path of the scenario. */
  readonly set?: readonly string[]
  readonly repetitions?: number
  readonly seed?: string
  /** Modules with plugins, beside those that the file names. */
  readonly use?: readonly string[]
}

/** An experiment as it was written, and where. */
export interface ExperimentDocument {
  /** What paths in it are relative to. */
  readonly file: string
  /** Whether there is such a file; a command puts an experiment together without one. */
  readonly isFile: boolean
  readonly value: Readonly<Record<string, unknown>>
  readonly locate: Locate
}

export interface LoadedExperiment {
  readonly experiment: Experiment
  /** Every metric that the runs will have. */
  readonly metrics: readonly MetricDefinition[]
  /** Resources with columns of their own, the same in every run. */
  readonly resources: readonly string[]
  /** Hash of each variant's model under the seed of its first repetition. */
  readonly modelHashes: readonly string[]
  /** Every file that was read, the experiment's own first. */
  readonly inputs: readonly string[]
}

export type Refused = { readonly issues: readonly Issue[] }

/** What the command line changes, sorted by what it changes. */
export interface Settings {
  readonly parameters: ReadonlyMap<string, string>
  readonly axes: ReadonlyMap<string, { readonly text: string; readonly argument: number }>
  readonly changes: readonly ScenarioChange[]
}

/** An experiment file with its values' places. */
export type Source = InstanceType<Documents['ScenarioSource']>

/** What an experiment is assembled from. */
export interface Parts {
  readonly sections: ExperimentFile
  readonly source: Source
  readonly isFile: boolean
  readonly settings: Settings
  readonly parameters: Readonly<Record<string, unknown>>
  readonly options: ExperimentOptions
  readonly blocks: Documents
}
