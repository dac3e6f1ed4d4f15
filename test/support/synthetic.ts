import { normalQuantile } from '../../engine/kernel/normal-quantile.js'
import { Stream } from '../../engine/kernel/rng.js'
import { type ExperimentResults, type RunRow, resultsOf } from '../../experiments/index.js'

/** Draws of known distributions for tests of statistics, the same in each run of the tests. */
export class Draws {
  readonly #stream: Stream

  constructor(seed: string) {
    this.#stream = new Stream(`test of statistics/${seed}`)
  }

  uniform(): number {
    // Never 0, of which a quantile is infinite.
    return (this.#stream.double() * (2 ** 53 - 1) + 0.5) / 2 ** 53
  }

  normal(mean = 0, sd = 1): number {
    return mean + sd * normalQuantile(this.uniform())
  }

  exponential(mean = 1): number {
    return -mean * Math.log(this.uniform())
  }

  many(n: number, draw: () => number): number[] {
    return Array.from({ length: n }, draw)
  }
}

/** Results of an experiment with one axis and one metric, `samples[variant][repetition - 1]`. */
export function syntheticResults(
  samples: readonly (readonly number[])[],
  better: 'lower' | 'higher' = 'lower',
): ExperimentResults {
  const names = samples.map((_, i) => `v${i}`)
  const variants = names.map((name, index) => ({ index, name, values: { policy: name }, changes: [] }))
  const metric = { name: 'figure', unit: 'count', about: '', better } as const
  const rows = samples[0].flatMap((_, r) =>
    samples.map((values, v): RunRow => {
      const run = r * samples.length + v + 1
      return {
        run,
        key: `e/policy=v${v}/${r + 1}`,
        variant: names[v],
        values: variants[v].values,
        repetition: r + 1,
        seed: `1-${r + 1}`,
        status: 'completed',
        events: 1,
        digest: '',
        modelHash: '',
        kubelapse: 'test',
        node: '',
        metrics: { figure: values[r] },
        series: [],
        distributions: [],
      }
    }),
  )
  return resultsOf(
    {
      format: 'kubelapse-experiment/1',
      kubelapse: 'test',
      identity: '',
      experiment: {
        name: 'e',
        about: '',
        base: { file: 'base.yaml' },
        use: [],
        parameters: {},
        axes: [{ name: 'policy', values: names }],
        variants,
        seed: '1',
        randomNumbers: 'common',
        repetitions: { kind: 'fixed', count: samples[0].length },
        metrics: ['figure'],
        confidence: 0.95,
        comparison: { axis: 'policy', baseline: 'v0' },
        series: [],
        tables: [],
        distributions: [],
      },
      metrics: [metric],
      resources: [],
      modelHashes: [],
      inputs: [],
    },
    rows,
    '.',
  )
}
