/** A programmer's mistake. The kernel adds the virtual time, the event and how to reproduce the run. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** Throws {@link InvariantViolation} unless the condition holds. For our own mistakes, never for a user's. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message)
}
