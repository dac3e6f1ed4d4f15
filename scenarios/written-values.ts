/** The values that have a language of their own, for the reference and for `list`: loads and distributions. */

export interface WrittenValue {
  /** The one key that chooses it. */
  readonly name: string
  /** What lies under the key. */
  readonly fields: string
  readonly about: string
  /** All of it, as it may stand in a scenario. */
  readonly example?: string
}

export const LOADS: readonly WrittenValue[] = [
  {
    name: 'constant',
    fields: 'a number',
    example: '12.5',
    about: 'Always the same; a plain number means the same.',
  },
  {
    name: 'steps',
    example: '{ steps: { points: [{ at: 0s, value: 5 }, { at: 10m, value: 20 }], every: 1h } }',
    fields: '`points`: list of `{ at, value }`; `every`',
    about: 'Each value holds from its time on, 0 before the first; with `every` they come again so often.',
  },
  {
    name: 'ramps',
    example: '{ ramps: { points: [{ at: 0s, value: 5 }, { at: 10m, value: 20 }], step: 60s } }',
    fields: '`points`; `step` (1m)',
    about: 'Straight lines between points, walked in steps, level before the first and after the last.',
  },
  {
    name: 'diurnal',
    example: '{ diurnal: { low: 20, high: 80, peak: 14h, week: [1, 1, 1, 1, 1, 0.6, 0.5], step: 30m } }',
    fields: '`low`; `high`; `peak` (14h); `week`: seven factors from Monday on; `step` (30m)',
    about: 'The wave of a day (UTC, from the `epoch` of the scenario on) with its peak at a time of day.',
  },
  {
    name: 'bursts',
    example:
      '{ bursts: { pause: { exponential: { mean: 10m } }, length: 1m, height: { uniform: { min: 5, max: 9 } } } }',
    fields: '`pause`, `length`: distributions of times; `height`: a number or a distribution of numbers',
    about: 'Nothing but for bursts whose pauses, lengths and heights are drawn.',
  },
  {
    name: 'poisson',
    example: '{ poisson: { of: 8, per: 60s } }',
    fields: '`of`: a load; `per` (1m)',
    about: 'Whole arrivals, counted anew in each span of time, by chance around another load.',
  },
  {
    name: 'trace',
    example:
      '{ trace: { file: requests.csv, time: timestamp, value: requests, per: 1m, every: 5m, repeat: true } }',
    fields:
      '`file`; `time`, `value`: columns; `count`, `per`, `every`: spans; `from`; `until`; `repeat` (false)',
    about:
      'A CSV of times and values, the first two columns unless named, or the log of a web server. `count`: rows of ' +
      'each span are counted; ' +
      '`per`: values are amounts of a span and become rates; `every`: values are averaged over spans.',
  },
  {
    name: 'scaled',
    example: '{ scaled: { of: 10, factor: 2, delay: 5m, least: 1, most: 50 } }',
    fields: '`of`: a load; `factor` (1); `delay` (0s); `least` (0); `most`',
    about: 'Another load, multiplied, later, and cut at its least and most.',
  },
  {
    name: 'sum',
    example: '{ sum: [3, { poisson: { of: 2 } }] }',
    fields: 'a list of loads',
    about: 'All of them together.',
  },
]

export const DISTRIBUTIONS: readonly WrittenValue[] = [
  { name: 'constant', fields: '`value`', about: 'Always the same.' },
  { name: 'uniform', fields: '`min`, `max`', about: 'Every value between them alike.' },
  {
    name: 'exponential',
    fields: '`mean`',
    about: 'Without memory: time between failures of equal machines.',
  },
  {
    name: 'weibull',
    fields: '`shape`, `scale`',
    about: 'Failures that become rarer with age (shape below 1) or more frequent (above).',
  },
  { name: 'lognormal', fields: '`median`, `sigma`', about: 'Its logarithm is normal: times of repair.' },
  { name: 'pareto', fields: '`shape`, `min`', about: 'A heavy tail; without a mean for shapes up to 1.' },
  { name: 'normal', fields: '`mean`, `deviation`', about: 'About a mean, to both sides alike.' },
  {
    name: 'empirical',
    fields: '`values`: a list; `interpolate` (false)',
    about: 'One of the values, or a point on the lines between them.',
  },
]
