/** One measured figure. `ratio` is value over reference, `goal` the least ratio or value that will do. */
export interface Row {
  readonly bench: string
  readonly figure: string
  readonly unit: string
  readonly value: number
  readonly reference?: number
  readonly ratio?: number
  readonly goal?: number
}

/** A benchmark: one file exports one, and `benches.ts` lists it. */
export interface Bench {
  readonly name: string
  run(): Row[]
}

/**
 * Measures several subjects in turns, so that a change of the machine's mood hits all alike, and answers the
 * median figure of each. The first turn warms up and is thrown away.
 */
export function interleaved(turns: number, subjects: readonly (() => number)[]): number[] {
  const figures: number[][] = subjects.map(() => [])
  for (let turn = -1; turn < turns; turn++) {
    for (const [index, subject] of subjects.entries()) {
      globalThis.gc?.()
      const figure = subject()
      if (turn >= 0) figures[index].push(figure)
    }
  }
  return figures.map(median)
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Millions a second at which `count` things are done by an action. */
export function millionsPerSecond(count: number, action: () => void): number {
  const start = performance.now()
  action()
  return count / (performance.now() - start) / 1000
}
