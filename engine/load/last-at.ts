/** Index of the last of the sorted times that is not after `t`; -1 when all are later. */
export function lastAt(times: ArrayLike<number>, t: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle] <= t) low = middle + 1
    else high = middle
  }
  return low - 1
}
