/**
 * The trace event format that Perfetto and Chrome read: slices on tracks, instants, names of tracks. Times are
 * microseconds, which is what virtual time is counted in.
 * Source: "Trace Event Format" (Chromium project), sections on duration, instant and metadata events.
 */

export interface Slice {
  readonly name: string
  readonly process: number
  readonly track: number
  readonly from: number
  readonly to: number
  readonly details: Readonly<Record<string, string | number>>
}

/** One slice; an inner one lies on the same track within the times of the outer one. */
export function sliceEvent({ name, process, track, from, to, details }: Slice): string {
  return JSON.stringify({
    ph: 'X',
    name,
    pid: process,
    tid: track,
    ts: from,
    dur: Math.max(to - from, 0),
    args: details,
  })
}

export function instantEvent(
  name: string,
  process: number,
  track: number,
  at: number,
  details: object,
): string {
  return JSON.stringify({ ph: 'i', s: 't', name, pid: process, tid: track, ts: at, args: details })
}

export function processName(process: number, name: string): string {
  return JSON.stringify({ ph: 'M', name: 'process_name', pid: process, args: { name } })
}

export function trackName(process: number, track: number, name: string): string {
  return JSON.stringify({ ph: 'M', name: 'thread_name', pid: process, tid: track, args: { name } })
}
