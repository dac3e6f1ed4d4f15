/** A coordinate with one decimal: enough for any screen, and the same bytes everywhere. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

/** Text as it stands in markup. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
