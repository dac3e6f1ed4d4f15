import type { CommandModule } from 'yargs'

interface ReplayArguments {
  readonly manifest: string
  readonly run: string | undefined
}

export const replay: CommandModule<object, ReplayArguments> = {
  command: 'replay <manifest>',
  describe: 'Run again what a manifest describes, or one run of an experiment, and compare everything',
  builder: argv =>
    argv
      .positional('manifest', {
        type: 'string',
        demandOption: true,
        describe: 'manifest.json of an output, or with --run the directory of an experiment',
      })
      .option('run', { type: 'string', describe: 'Number or key of a run of an experiment' })
      .example('$0 replay out/openb/manifest.json', 'identical, or the first event that differs')
      .example('$0 replay out/packing --run 17', 'one run of an experiment'),
  handler: async ({ manifest, run }) => {
    if (run === undefined) {
      const { replaySession } = await import('../replay-session.js')
      process.exitCode = await replaySession(manifest)
    } else {
      const { replayRowSession } = await import('../replay-row-session.js')
      process.exitCode = await replayRowSession(manifest, run)
    }
  },
}
