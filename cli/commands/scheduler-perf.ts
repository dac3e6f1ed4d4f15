import type { CommandModule } from 'yargs'

export const schedulerPerf: CommandModule<object, { readonly workloads: readonly string[] | undefined }> = {
  command: 'scheduler-perf [workloads..]',
  describe:
    "Run Kubernetes' scheduler_perf workloads: pods a second of wall clock beside upstream's thresholds",
  builder: argv =>
    argv
      .positional('workloads', { type: 'string', array: true, describe: 'Names; nothing runs all' })
      .example('$0 scheduler-perf', 'every workload, on 5,000 nodes and more')
      .example('$0 scheduler-perf SchedulingBasic PreemptionBasic', 'two of them'),
  handler: async ({ workloads }) => {
    const { perfSession } = await import('../perf-session.js')
    process.exitCode = await perfSession(workloads ?? [])
  },
}
