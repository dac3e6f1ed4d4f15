import { parseSelector } from '../../../engine/model/selector-text.js'
import { compare, type Suite } from '../suite.js'

/** Text selectors: errors, canonical text and matching. */
export const selectorSuite: Suite = {
  name: 'selector',
  run(record: Readonly<Record<string, string>>) {
    const { selector, labels, ...want } = record
    const read = parseSelector(selector)
    if ('error' in read) return compare(want, { error: read.error, canonical: '', matches: '' })
    const pairs = labels.split(',').filter(pair => pair !== '')
    const given = Object.fromEntries(pairs.map(pair => pair.split('=', 2)))
    return compare(want, { error: '', canonical: read.text, matches: String(read.matches(given)) })
  },
}
