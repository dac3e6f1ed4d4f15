import type { IgnoredField } from '../scenarios/index.js'
import type { Terminal } from './terminal.js'

/** Lists once what the simulation makes nothing of, a line for each kind of thing. */
export function showIgnored(terminal: Terminal, ignored: readonly IgnoredField[]): void {
  const lines = new Map<string, string[]>()
  for (const { subject, field, objects } of ignored) {
    const texts = lines.get(subject) ?? []
    lines.set(subject, texts)
    texts.push(`${field === '*' ? 'everything' : field} (${objects})`)
  }
  for (const [subject, texts] of lines) terminal.out(`ignored: ${subject}: ${texts.join(', ')}`)
}
