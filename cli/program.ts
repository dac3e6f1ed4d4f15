import yargs, { type Argv } from 'yargs'
import { audit } from './commands/audit.js'
import { capacity } from './commands/capacity.js'
import { compare } from './commands/compare.js'
import { experiment } from './commands/experiment.js'
import { explain } from './commands/explain.js'
import { list } from './commands/list.js'
import { merge } from './commands/merge.js'
import { page } from './commands/page.js'
import { replay } from './commands/replay.js'
import { run } from './commands/run.js'
import { schedulerPerf } from './commands/scheduler-perf.js'
import { schema } from './commands/schema.js'
import { sweep } from './commands/sweep.js'
import { validate } from './commands/validate.js'
import { whatIf } from './commands/what-if.js'
import { BadInput, ExitCode } from './exit-code.js'
import { explainUsage, unknownCommand } from './usage-error.js'
import { projectVersion } from './version.js'

const EPILOGUE = `A scenario describes nodes, pods and what happens to them; every run of it is a function of the file
and the seed. Exit codes: 0 all is well; 1 an expectation failed or a replay differs; 2 bad input, nothing written.`

/** Runs one command line; the exit code is left in process.exitCode. */
export async function runProgram(words: readonly string[]): Promise<void> {
  try {
    const fault = unknownCommand(words[0])
    if (fault !== undefined) throw new BadInput(fault)
    await program(words.length === 0 ? ['--help'] : words).parseAsync()
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    const [command] = words
    const help = command === undefined || command.startsWith('-') ? '--help' : `${command} --help`
    const see = unknownCommand(command) === undefined ? help : '--help'
    process.stderr.write(`${error.message}\nSee: kubelapse ${see}\n`)
    process.exitCode = ExitCode.BadInput
  }
}

function program(words: readonly string[]): Argv {
  return yargs([...words])
    .scriptName('kubelapse')
    .locale('en')
    .usage('$0 <command>\n\nRuns a whole Kubernetes cluster in virtual time.')
    .command(run)
    .command(compare)
    .command(explain)
    .command(experiment)
    .command(merge)
    .command(audit)
    .command(page)
    .command(whatIf)
    .command(sweep)
    .command(capacity)
    .command(validate)
    .command(list)
    .command(schema)
    .command(replay)
    .command(schedulerPerf)
    .example('$0 run scenarios/examples/openb.yaml', 'run a scenario and write its results to out/openb')
    .example('$0 compare scenarios/examples/openb.yaml', 'its variants side by side')
    .example('$0 list metrics', 'what can be measured and expected')
    .epilogue(EPILOGUE)
    .demandCommand(1, 'Name a command.')
    .strict()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .version(projectVersion())
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .fail((message, error) => {
      // A command that fails by itself throws; yargs' own complaints come as a message.
      if (error instanceof Error && error.name !== 'YError') throw error
      throw new BadInput(explainUsage(message))
    })
}
