import type { CommandModule } from 'yargs'

export const list: CommandModule<object, { readonly kind: string | undefined }> = {
  command: 'list [kind]',
  describe: 'List what there is to choose from',
  builder: argv =>
    argv
      .positional('kind', { type: 'string', describe: 'What to list; nothing names the kinds' })
      .example('$0 list', 'the kinds')
      .example('$0 list reports', 'what --report takes')
      .example('$0 list metrics', 'what a run is measured by, and `expect` can name'),
  handler: async ({ kind }) => {
    const { listKind } = await import('../list-kind.js')
    process.exitCode = await listKind(kind)
  },
}
