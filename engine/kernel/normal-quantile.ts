/**
 * The inverse of the standard normal distribution function, to about 1e-16 of the value.
 * Rational approximations of M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal
 * Distribution", Applied Statistics 37 (1988), procedure PPND16. Simplified: nothing known.
 */

// Coefficients from the highest power down, for the centre, the flanks and the tails.
const CENTRE_TOP = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
  1971.5909503065513, 133.14166789178438, 3.3871328727963665,
]
const CENTRE_BOTTOM = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
]
const FLANK_TOP = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
]
const FLANK_BOTTOM = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
]
const TAIL_TOP = [
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
  0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
]
const TAIL_BOTTOM = [
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
  0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
]

/** The value below which a standard normal variable falls with this probability, for 0 < probability < 1. */
export function normalQuantile(probability: number): number {
  const offset = probability - 0.5
  if (Math.abs(offset) <= 0.425) {
    const square = 0.180625 - offset * offset
    return (offset * polynomial(CENTRE_TOP, square)) / polynomial(CENTRE_BOTTOM, square)
  }
  const depth = Math.sqrt(-Math.log(offset < 0 ? probability : 1 - probability))
  const value =
    depth <= 5
      ? polynomial(FLANK_TOP, depth - 1.6) / polynomial(FLANK_BOTTOM, depth - 1.6)
      : polynomial(TAIL_TOP, depth - 5) / polynomial(TAIL_BOTTOM, depth - 5)
  return offset < 0 ? -value : value
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let index = 0; index < coefficients.length; index++) sum = sum * x + coefficients[index]
  return sum
}
