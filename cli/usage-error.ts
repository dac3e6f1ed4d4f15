/** What is wrong with a command line, in words that help: yargs names the mistake, this the way out. */
import { didYouMean } from '../engine/index.js'

const OPTIONS = [
  'out',
  'seed',
  'until',
  'set',
  'variant',
  'report',
  'records',
  'explain',
  'use',
  'plan',
  'run',
  'workers',
  'repetitions',
  'shard',
  'fresh',
  'retry',
  'change',
  'metric',
  'knob',
  'require',
  'confidence',
  'help',
  'version',
]
export const COMMANDS = [
  'run',
  'compare',
  'explain',
  'validate',
  'list',
  'schema',
  'replay',
  'scheduler-perf',
  'experiment',
  'merge',
  'audit',
  'page',
  'what-if',
  'sweep',
  'capacity',
] as const

/** The message for a command line that yargs refused with this one. */
export function explainUsage(message: string): string {
  if (message.startsWith('Not enough non-option arguments')) return 'The command needs a name after it.'
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)
  if (unknown === null) return message
  return unknown[1]
    .split(', ')
    .map(word => {
      const option = didYouMean(word, OPTIONS)
      const hint = option === undefined ? '' : `; did you mean --${option}?`
      return `There is no place for ${word}${hint}`
    })
    .join('\n')
}

/** The message for a first word that is no command; undefined when it is one, or an option. */
export function unknownCommand(word: string | undefined): string | undefined {
  if (word === undefined || word.startsWith('-') || COMMANDS.some(command => command === word))
    return undefined
  const near = didYouMean(word, COMMANDS)
  const hint = near === undefined ? `there are ${COMMANDS.join(', ')}` : `did you mean ${near}?`
  return `There is no command ${word}; ${hint}`
}
