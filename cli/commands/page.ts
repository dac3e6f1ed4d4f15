import type { CommandModule } from 'yargs'
import type { PageArguments } from '../page-session.js'

export const page: CommandModule<object, PageArguments> = {
  command: 'page <directory>',
  describe: 'Write the page of an experiment again, with a map of nodes and time of one run',
  builder: argv =>
    argv
      .positional('directory', { type: 'string', demandOption: true, describe: 'Results of the experiment' })
      .options({
        run: { type: 'string', describe: 'Number or key of the run to map; the first unless given' },
      })
      .example('$0 page out/packing --run 7', 'page.html with the nodes of run 7'),
  handler: async args => {
    const { pageSession } = await import('../page-session.js')
    process.exitCode = await pageSession(args)
  },
}
