/** Whole numbers as recordings write them: `0-3,7` for a list in order, nothing for none. */
export function rangesOf(numbers: readonly number[]): string {
  const parts: string[] = []
  for (let i = 0; i < numbers.length; ) {
    let last = i
    while (last + 1 < numbers.length && numbers[last + 1] === numbers[last] + 1) last++
    parts.push(last === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[last]}`)
    i = last + 1
  }
  return parts.join(',')
}

export function readRanges(text: string): number[] {
  if (text === '') return []
  return text.split(',').flatMap(part => {
    const [first, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
