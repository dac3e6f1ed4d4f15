/** The golden cases in the source tree, seen from `dist/test/conformance`. */
export const GOLDEN = new URL('../../../test/conformance/golden/', import.meta.url)
