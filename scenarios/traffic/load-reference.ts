/** What a scenario can write where a load is asked for: one line each, with an example that can be read. */
export interface DescribedLoad {
  readonly kind: string
  readonly example: string
  readonly about: string
}

export const DESCRIBED_LOADS: readonly DescribedLoad[] = [
  { kind: 'constant', example: '12.5', about: 'Always the same; a number alone says it, too.' },
  {
    kind: 'steps',
    example: '{ steps: { points: [{ at: 0s, value: 5 }, { at: 10m, value: 20 }], every: 1h } }',
    about: 'Each value from its time on, 0 before the first; with `every` all again after so long.',
  },
  {
    kind: 'ramps',
    example: '{ ramps: { points: [{ at: 0s, value: 5 }, { at: 10m, value: 20 }], step: 60s } }',
    about: 'Straight lines between points, walked in steps; level before the first and after the last.',
  },
  {
    kind: 'diurnal',
    example: '{ diurnal: { low: 20, high: 80, peak: 14h, week: [1, 1, 1, 1, 1, 0.6, 0.5], step: 30m } }',
    about: 'A day between low and high with its peak at a time of day (UTC), times a factor from Monday on.',
  },
  {
    kind: 'bursts',
    example:
      '{ bursts: { pause: { exponential: { mean: 10m } }, length: 1m, height: { uniform: { min: 5, max: 9 } } } }',
    about: 'Nothing but for bursts; pause, length and height are numbers or distributions.',
  },
  {
    kind: 'poisson',
    example: '{ poisson: { of: 8, per: 60s } }',
    about: 'Another load as the mean of arrivals counted over each `per`, so that it varies by chance.',
  },
  {
    kind: 'trace',
    example:
      '{ trace: { file: requests.csv, time: timestamp, value: requests, per: 1m, every: 5m, repeat: true } }',
    about:
      'A recorded series: CSV, its first column the times and the second the values unless named. `per`: values are ' +
      'counts over so long; `count: 10s` instead: rows are counted over so long, also the lines of a log of a web ' +
      'server; `every`: means over so long; `from` and `until` cut a part out.',
  },
  { kind: 'sum', example: '{ sum: [3, { poisson: { of: 2 } }] }', about: 'Several loads together.' },
  {
    kind: 'scaled',
    example: '{ scaled: { of: 10, factor: 2, delay: 5m, least: 1, most: 50 } }',
    about: 'Another load, later, times a factor, and within bounds.',
  },
]

/** The section of the reference about loads. */
export function loadSection(): readonly string[] {
  const rows = DESCRIBED_LOADS.map(
    ({ kind, example, about }) => `| \`${kind}\` | \`${example}\` | ${about} |`,
  )
  return [
    '## Loads',
    '',
    'Requests a second, CPU, memory and external metrics are loads: numbers that change over time.',
    '',
    '| load | example | meaning |',
    '|---|---|---|',
    ...rows,
    '',
  ]
}
