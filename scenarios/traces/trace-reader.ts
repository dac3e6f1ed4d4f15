import type { z } from 'zod'
import type { LabelledTemplate, Manifest, NodePool, PodTrace, SimTime } from '../../engine/index.js'
import type { Issue } from '../issue.js'

/** What every trace can say, whatever its format. */
export interface TraceOptions {
  readonly name: string
  readonly namespace: string
  /** Files, already resolved; absent: none of that sort. */
  readonly nodes?: string | undefined
  readonly pods?: string | undefined
  /** Added to all times of the trace. */
  readonly start: SimTime
  /** Only the first so many pods. */
  readonly limit: number
}

/** Nodes of one pool that follow one another in the file. */
export interface NodeRun {
  readonly pool: number
  readonly names: string[]
}

/** A trace in the form of the model; pools and templates are indexes into its own lists. */
export interface LoadedTrace {
  readonly pools: readonly NodePool[]
  readonly nodes: readonly NodeRun[]
  readonly templates: readonly LabelledTemplate[]
  readonly pods: PodTrace
  /** Jobs to create, in order of time; absent: none. */
  readonly jobs?: readonly { readonly at: SimTime; readonly manifest: Manifest }[]
  readonly issues: readonly Issue[]
}

/** A file, or a part of one, that is named in the options but cannot be found. */
export interface MissingFile {
  readonly option: 'nodes' | 'pods' | 'instance'
  readonly message: string
}

/** One format of traces: its own options, and how its rows become nodes and pods. */
export interface TraceReader<Shape extends z.ZodRawShape> {
  readonly reader: string
  /** One sentence for the documentation. */
  readonly about: string
  readonly fields: Shape
  /** How the names of published pod lists begin; a path may leave that out. */
  readonly podsPrefix?: string
  read(options: TraceOptions & z.output<z.ZodObject<Shape>>): Promise<LoadedTrace | MissingFile>
}

/** Any reader, its options checked by the schema. */
export interface AnyTraceReader {
  readonly podsPrefix?: string
  read(options: TraceOptions): Promise<LoadedTrace | MissingFile>
}

/** Declares a reader; the list of readers is in `index.ts`. */
export function defineTraceReader<Shape extends z.ZodRawShape>(
  reader: TraceReader<Shape>,
): TraceReader<Shape> {
  return reader
}
