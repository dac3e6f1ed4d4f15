import type { CommandModule } from 'yargs'
import type { ExplainArguments } from '../explain-session.js'

export const explain: CommandModule<object, ExplainArguments> = {
  command: 'explain <directory> [pod]',
  describe: 'Tell why the scheduler put a pod where it did, from a run with --explain',
  builder: argv =>
    argv
      .positional('directory', { type: 'string', demandOption: true, describe: 'Output of the run' })
      .positional('pod', { type: 'string', describe: 'Name of a pod, or namespace/name; nothing lists them' })
      .options({
        run: { type: 'string', describe: 'Only this variant' },
        attempt: { type: 'number', describe: 'Only the attempt with this number' },
        nodes: { type: 'number', default: 10, describe: 'Most nodes to show of an attempt' },
      })
      .example('$0 run my.yaml --explain && $0 explain out/my', 'every pod, those that wait first')
      .example('$0 explain out/my web-0', 'each attempt of one pod: message, rejections, scores'),
  handler: async args => {
    const { explainSession } = await import('../explain-session.js')
    process.exitCode = await explainSession(args)
  },
}
