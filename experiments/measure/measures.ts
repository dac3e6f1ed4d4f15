import type { Experiment } from '../experiment.js'

/** What each run of an experiment measures beside its summary. */
export function measuresOf({
  series,
  distributions,
  window,
}: Experiment): Pick<Experiment, 'series' | 'distributions' | 'window'> {
  return { series, distributions, ...(window === undefined ? {} : { window }) }
}
