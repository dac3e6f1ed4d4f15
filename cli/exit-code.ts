/** What the process answers with. */
export const ExitCode = {
  Ok: 0,
  /** An expectation of the scenario failed, or a replay differs. */
  Failed: 1,
  /** A mistake in a file or on the command line; nothing was written. */
  BadInput: 2,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** A mistake of the user's, with a message that stands by itself. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}
