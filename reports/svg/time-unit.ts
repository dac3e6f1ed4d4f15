/** What a time axis counts in, so that its figures stay small whether a run lasts seconds or months. */
export interface TimeUnit {
  readonly seconds: number
  readonly word: string
}

const UNITS: readonly (TimeUnit & { readonly upTo: number })[] = [
  { seconds: 1, word: 'seconds', upTo: 300 },
  { seconds: 60, word: 'minutes', upTo: 3 * 3600 },
  { seconds: 3600, word: 'hours', upTo: 4 * 86_400 },
  { seconds: 86_400, word: 'days', upTo: Infinity },
]

/** @param longest the last instant shown, in seconds */
export function timeUnitFor(longest: number): TimeUnit {
  return UNITS.find(({ upTo }) => longest <= upTo) ?? UNITS[0]
}
