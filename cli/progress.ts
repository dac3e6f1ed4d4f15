import type { SimulationModel } from '../engine/index.js'
import { formatDuration, lastKnownInstant, NEVER } from '../engine/index.js'

/** Shows how far a run is. */
export interface Progress {
  update(now: number, events: number): void
  stop(): void
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined }

/** A bar over virtual time on stderr, when that is a terminal; nothing otherwise. */
export async function startProgress(name: string, model: SimulationModel): Promise<Progress> {
  const total = model.until === NEVER ? lastKnownInstant(model) : model.until
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
