import type { CommandModule } from 'yargs'

export const validate: CommandModule<object, { readonly files: readonly string[] }> = {
  command: 'validate <files..>',
  describe: 'Check scenario files and everything they name, without running them',
  builder: argv =>
    argv
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
      .example('$0 validate scenarios/examples/*.yaml', 'every mistake with its file, line and column'),
  handler: async ({ files }) => {
    const { validateFiles } = await import('../validate-files.js')
    process.exitCode = await validateFiles(files)
  },
}
