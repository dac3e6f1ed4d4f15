/**
 * The groups of the highest priority that any option has. Priorities are numbers with lists of regular expressions for
 * names of groups, read anew each time; without a usable list nothing is ruled out.
 *
 * Upstream: expander/priority/priority.go of cluster-autoscaler 1.36.1.
 * Simplified: regular expressions are those of JavaScript, which knows all of Go's but a few flags.
 */
import { parseDocument } from 'yaml'
import type { Expander, ExpansionOption } from '../expander.js'

export const PRIORITY_CONFIG_MAP = 'cluster-autoscaler-priority-expander'

type Priorities = ReadonlyMap<number, readonly RegExp[]>

export const priority: Expander = {
  name: 'priority',
  about: 'the group of the highest priority in the ConfigMap cluster-autoscaler-priority-expander',
  best(options, { priorities: text, warn }) {
    if (text === undefined) return options
    const priorities = readPriorities(text)
    if (priorities === undefined) {
      warn('PriorityConfigMapInvalid', 'Wrong configuration for priority expander. Ignoring update.')
      return options
    }
    const best = highest(options, priorities, group =>
      warn(
        'PriorityConfigMapNotMatchedGroup',
        `Priority expander: node group ${group} not found in priority expander configuration. The group won't be used.`,
      ),
    )
    if (best.length > 0) return best
    warn(
      'PriorityConfigMapNoGroupMatched',
      'Priority expander: no priorities info found for any of the expansion options. No options filtered.',
    )
    return options
  },
}

function highest(
  options: readonly ExpansionOption[],
  priorities: Priorities,
  unmatched: (group: string) => void,
): readonly ExpansionOption[] {
  // Where no option has a higher one, those of priority -1 are as good as any.
  let most = -1
  let best: ExpansionOption[] = []
  for (const option of options) {
    let own: number | undefined
    for (const [number, patterns] of priorities) {
      if ((own === undefined || number > own) && patterns.some(pattern => pattern.test(option.group)))
        own = number
    }
    if (own === undefined) unmatched(option.group)
    else if (own > most) {
      most = own
      best = [option]
    } else if (own === most) best.push(option)
  }
  return best
}

/** Undefined when the text is not a map from whole numbers to lists of regular expressions. */
export function readPriorities(text: string): Priorities | undefined {
  const document = parseDocument(text, { version: '1.1' })
  if (text === '' || document.errors.length > 0) return undefined
  const read: unknown = document.toJS({ mapAsMap: true })
  if (read === null) return new Map()
  if (!(read instanceof Map)) return undefined
  const priorities = new Map<number, readonly RegExp[]>()
  for (const [key, list] of read as ReadonlyMap<unknown, unknown>) {
    const number = Number(key)
    const patterns = patternsOf(list)
    if (String(key).trim() === '' || !Number.isInteger(number) || patterns === undefined) return undefined
    priorities.set(number, patterns)
  }
  return priorities
}

function patternsOf(list: unknown): readonly RegExp[] | undefined {
  if (list === null) return []
  if (!Array.isArray(list)) return undefined
  const patterns: RegExp[] = []
  for (const text of list as readonly unknown[]) {
    if (typeof text !== 'string') return undefined
    try {
      patterns.push(new RegExp(text))
    } catch {
      return undefined
    }
  }
  return patterns
}
