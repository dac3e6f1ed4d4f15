/**
 * Which resources are extended ones, added to nodes by device plugins or administrators, and which are counted under
 * their name alone.
 *
 * Upstream: IsExtendedResourceName of pkg/apis/core/v1/helper/helpers.go and IsScalarResourceName of
 * pkg/scheduler/util/utils.go (1.36).
 * Simplified: names are taken as valid.
 */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.')
}

/** Extended resources, huge pages, attachable volumes and whatever else Kubernetes prefixes with its own domain. */
export function isScalarResource(name: string): boolean {
  return (
    isExtendedResource(name) ||
    name.includes('kubernetes.io/') ||
    name.startsWith('hugepages-') ||
    name.startsWith('attachable-volumes-')
  )
}
