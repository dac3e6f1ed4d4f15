import type { z } from 'zod'
import type { Assembly } from '../assembly.js'
import type { Path } from '../path.js'

/** One thing a timeline can do: its fields, and what it becomes in the model. */
export interface OperationDefinition<Schema extends z.ZodType> {
  readonly op: string
  /** All fields, `op` and `at` among them. */
  readonly schema: Schema
  /** Adds operations or traces to the assembly, or faults under `path`. */
  translate(entry: z.output<Schema>, path: Path, assembly: Assembly): void
}

/** Declares an operation; the list of operations is in `index.ts`. */
export function defineOperation<Schema extends z.ZodType>(
  definition: OperationDefinition<Schema>,
): OperationDefinition<Schema> {
  return definition
}
