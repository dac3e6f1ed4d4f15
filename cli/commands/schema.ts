import type { CommandModule } from 'yargs'

export const schema: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of scenario files, for editors',
  builder: argv =>
    argv.example('$0 schema > scenario.schema.json', 'then: # yaml-language-server: $schema=...'),
  handler: async () => {
    const { printSchema } = await import('../print-schema.js')
    await printSchema()
  },
}
