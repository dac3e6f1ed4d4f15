import type { CommandModule } from 'yargs'
import type { AuditArguments } from '../audit-session.js'

export const audit: CommandModule<object, AuditArguments> = {
  command: 'audit <directory>',
  describe: 'Check the results of a run against what can never happen in a cluster',
  builder: argv =>
    argv
      .positional('directory', { type: 'string', demandOption: true, describe: 'Output of the run' })
      .example('$0 audit out/my', 'life cycles, accounts, allocatables, budgets and grace periods'),
  handler: async args => {
    const { auditSession } = await import('../audit-session.js')
    process.exitCode = auditSession(args)
  },
}
