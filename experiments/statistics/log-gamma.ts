/** The logarithm of the gamma function for positive arguments: Stirling's series after moving the argument above 10. */
const COEFFICIENTS = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360_360,
  1 / 156,
  -3617 / 122_400,
]

export function logGamma(x: number): number {
  let product = 1
  let moved = x
  while (moved < 10) product *= moved++
  let series = 0
  const square = 1 / (moved * moved)
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) series = series * square + COEFFICIENTS[i]
  return (
    (moved - 0.5) * Math.log(moved) - moved + 0.5 * Math.log(2 * Math.PI) + series / moved - Math.log(product)
  )
}
