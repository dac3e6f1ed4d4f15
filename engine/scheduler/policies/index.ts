import type { AnyPlugin } from '../framework/define-plugin.js'
import { bestFit } from './best-fit.js'
import { binPacking } from './bin-packing.js'
import { dotProduct } from './dot-product.js'
import { firstFit } from './first-fit.js'
import { fragmentationGradientDescent } from './fragmentation-gradient-descent.js'
import { gpuBestFit } from './gpu-best-fit.js'
import { gpuClustering } from './gpu-clustering.js'
import { gpuDotProduct } from './gpu-dot-product.js'
import { gpuPacking } from './gpu-packing.js'
import { gpuRandom } from './gpu-random.js'
import { randomNode } from './random-node.js'
import { spreading } from './spreading.js'

/** The policies researchers compare with: one scorer each, and an example of a policy in one file. */
export const POLICIES: readonly AnyPlugin[] = [
  binPacking,
  spreading,
  randomNode,
  firstFit,
  dotProduct,
  bestFit,
  gpuRandom,
  gpuDotProduct,
  gpuClustering,
  gpuPacking,
  gpuBestFit,
  fragmentationGradientDescent,
]
