import { parseSelector } from '../engine/index.js'

/** What is wrong with a label selector in kubectl's form, or undefined. */
export function selectorFault(text: string): string | undefined {
  const read = parseSelector(text)
  return 'error' in read ? read.error : undefined
}
