import type { CommandModule } from 'yargs'

interface MergeArguments {
  readonly out: string
  readonly parts: readonly string[]
}

export const merge: CommandModule<object, MergeArguments> = {
  command: 'merge <out> <parts..>',
  describe: 'Put the parts of an experiment together that were made with --shard',
  builder: argv =>
    argv
      .positional('out', { type: 'string', demandOption: true, describe: 'Directory for the whole' })
      .positional('parts', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Directories of the parts',
      })
      .example('$0 merge out/all out/my.1-of-2 out/my.2-of-2', 'the same as if it had run in one piece'),
  handler: async ({ out, parts }) => {
    const { mergeSession } = await import('../merge-session.js')
    process.exitCode = mergeSession(out, parts)
  },
}
