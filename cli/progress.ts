import type { SimulationModel } from '../engine/index.js'
import { formatDuration, NEVER } from '../engine/index.js'

/** Shows how far a run is. */
export interface Progress {
  update(now: number, events: number): void
  stop(): void
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined }

/** A bar over virtual time on stderr, when that is a terminal; nothing otherwise. */
export async function startProgress(name: string, model: SimulationModel): Promise<Progress> {
  const total = lastKnownInstant(model)
  if (!process.stderr.isTTY || total === 0) return SILENT
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: `${name} [{bar}] {time} of virtual time, {events} events`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  })
  bar.start(total, 0, { time: '0s', events: 0 })
  return {
    update: (now, events) => {
      const time = formatDuration(Math.floor(now / 1e6) * 1e6)
      bar.update(Math.min(now, total), { time, events })
      // A run holds the thread, so the bar's own timer never comes to draw it.
      bar.render()
    },
    stop: () => bar.stop(),
  }
}

/** The limit of the run or, without one, the last instant that the model names. */
function lastKnownInstant(model: SimulationModel): number {
  if (model.until !== NEVER) return model.until
  let last = 0
  for (const { at } of model.operations) last = Math.max(last, at)
  for (const { createdAt, deletedAt } of model.traces) {
    if (createdAt.length > 0) last = Math.max(last, createdAt[createdAt.length - 1])
    for (const at of deletedAt) if (at !== NEVER && at > last) last = at
  }
  return last
}
