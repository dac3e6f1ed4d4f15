import { MAX_SCORE } from '../framework/normalize.js'

/** One corner of a RequestedToCapacityRatio: a utilization in percent and its score from 0 to 10. */
export interface ShapePoint {
  readonly utilization: number
  readonly score: number
}

/** Scores of a shape's points go to 10. Upstream: MaxCustomPriorityScore. */
const MAX_POINT_SCORE = 10
const MAX_UTILIZATION = 100

/**
 * The score of every whole utilization from 0 to 100 percent, along straight lines between the points. Whole numbers,
 * cut down towards 0 on falling lines also.
 *
 * Upstream: shape_score.go of pkg/scheduler/framework/plugins/helper and requested_to_capacity_ratio.go of
 * pkg/scheduler/framework/plugins/noderesources (1.36).
 * Simplified: nothing known.
 */
export function scoreByUtilization(points: readonly ShapePoint[]): Float64Array {
  const scale = MAX_SCORE / MAX_POINT_SCORE
  return Float64Array.from({ length: MAX_UTILIZATION + 1 }, (_, utilization) => {
    const next = points.findIndex(point => utilization <= point.utilization)
    if (next < 0) return points[points.length - 1].score * scale
    if (next === 0) return points[0].score * scale
    const from = points[next - 1]
    const to = points[next]
    const rise = (to.score - from.score) * scale * (utilization - from.utilization)
    return from.score * scale + Math.trunc(rise / (to.utilization - from.utilization))
  })
}

/** What is wrong with a shape. */
export function shapeErrors(points: readonly ShapePoint[]): string[] {
  if (points.length === 0) return ['requestedToCapacityRatio needs a shape of at least one point']
  const errors: string[] = []
  for (const [i, { utilization, score }] of points.entries()) {
    if (!isWithin(utilization, MAX_UTILIZATION))
      errors.push(`utilization ${utilization} is not within 0 and 100`)
    if (!isWithin(score, MAX_POINT_SCORE)) errors.push(`score ${score} is not within 0 and 10`)
    if (i > 0 && utilization <= points[i - 1].utilization)
      errors.push('utilizations must rise from point to point')
  }
  return errors
}

function isWithin(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= limit
}
