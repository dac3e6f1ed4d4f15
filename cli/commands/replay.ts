import type { CommandModule } from 'yargs'

export const replay: CommandModule<object, { readonly manifest: string }> = {
  command: 'replay <manifest>',
  describe: 'Run again what a manifest describes and compare every event and every file',
  builder: argv =>
    argv
      .positional('manifest', { type: 'string', demandOption: true, describe: 'manifest.json of an output' })
      .example('$0 replay out/openb/manifest.json', 'identical, or the first event that differs'),
  handler: async ({ manifest }) => {
    const { replaySession } = await import('../replay-session.js')
    process.exitCode = await replaySession(manifest)
  },
}
