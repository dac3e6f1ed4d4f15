/**
 * Times as texts of the API: `2026-01-01T08:00:00Z`.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/time.go MarshalJSON (1.36).
 * Simplified: nothing known.
 */
import { localTime, UTC } from './zone-table.js'

/** @param epochSeconds seconds since 1970; the fraction is cut off, as the API does */
export function apiTime(epochSeconds: number): string {
  const { year, month, day, hour, minute, second } = localTime(UTC, Math.floor(epochSeconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`
}
