import { createDistribution } from '../../engine/kernel/distributions.js'
import { Kernel, Rank } from '../../engine/kernel/kernel.js'
import { Streams } from '../../engine/kernel/rng.js'
import { type Bench, interleaved, millionsPerSecond } from './bench.js'

const CUSTOMERS = 1_000_000
const MEAN_GAP = 1_000
const MEAN_SERVICE = 800

/** One server, exponential gaps and services: two events and two draws a customer. */
function serveCustomers(): void {
  const kernel = new Kernel()
  const streams = new Streams('1')
  const gaps = streams.stream('gaps')
  const services = streams.stream('services')
  const gap = createDistribution({ exponential: { mean: MEAN_GAP } })
  const service = createDistribution({ exponential: { mean: MEAN_SERVICE } })
  const nextGap = (): number => gaps.next()
  const nextService = (): number => services.next()
  let waiting = 0
  let arrived = 0
  const departure = kernel.on('bench/departure', Rank.Kubelet, () => {
    if (--waiting > 0) kernel.schedule(kernel.now + Math.round(service.draw(nextService)), departure)
  })
  const arrival = kernel.on('bench/arrival', Rank.Controller, () => {
    if (waiting++ === 0) kernel.schedule(kernel.now + Math.round(service.draw(nextService)), departure)
    if (++arrived < CUSTOMERS) kernel.schedule(kernel.now + Math.round(gap.draw(nextGap)), arrival)
  })
  kernel.schedule(0, arrival)
  kernel.run()
}

export const queueingBench: Bench = {
  name: 'queueing',
  run() {
    const [value] = interleaved(3, [() => millionsPerSecond(CUSTOMERS, serveCustomers)])
    return [
      { bench: 'queueing', figure: 'M/M/1, 1,000,000 customers', unit: 'M customers/s', value, goal: 2 },
    ]
  },
}
