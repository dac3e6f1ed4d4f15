import type { Stream } from '../../engine/kernel/rng.js'
import type { PodSpec } from '../../engine/model/pod-spec.js'
import type { Manifest } from '../../engine/model/simulation-model.js'

const ZONES = ['a', 'b', 'c']
const POOLS = ['web', 'batch']
const APPS = ['red', 'green', 'blue']

/** Draws nodes and pods that touch as many rules of scheduling at once as they can. */
export class RandomCluster {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  below(limit: number): number {
    return Math.floor(this.#stream.next() * limit)
  }

  chance(probability: number): boolean {
    return this.#stream.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const item = shuffled[i]
      shuffled[i] = shuffled[j]
      shuffled[j] = item
    }
    return shuffled
  }

  node(name: string): Manifest {
    const effect = this.pick(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    const labels = {
      'kubernetes.io/hostname': name,
      pool: this.pick(POOLS),
      ...(this.chance(0.8) ? { 'topology.kubernetes.io/zone': this.pick(ZONES) } : {}),
    }
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: {
        unschedulable: this.chance(0.15),
        taints: this.chance(0.4) ? [{ key: 'dedicated', value: this.pick(POOLS), effect }] : [],
      },
      status: {
        allocatable: {
          cpu: `${1 + this.below(8)}`,
          memory: `${1 + this.below(16)}Gi`,
          pods: `${2 + this.below(20)}`,
          ...(this.chance(0.5) ? { 'example.com/gpu': '4' } : {}),
        },
        images: this.chance(0.5) ? [{ names: ['app:1'], sizeBytes: 50_000_000 + this.below(9e8) }] : [],
        declaredFeatures: this.chance(0.5) ? ['RestartAllContainersOnContainerExits'] : [],
      },
    }
  }

  pod(name: string, nodeName?: string): Manifest {
    const app = this.pick(APPS)
    const spec: PodSpec = {
      containers: [
        {
          name: 'main',
          image: 'app:1',
          resources: { requests: this.#requests() },
          ...(this.chance(0.3) ? { ports: [{ containerPort: 80, hostPort: 8000 + this.below(3) }] } : {}),
          ...(this.chance(0.1) ? { restartPolicyRules: [{ action: 'RestartAllContainers' }] } : {}),
        },
      ],
      ...(this.chance(0.3) ? { nodeSelector: { pool: this.pick(POOLS) } } : {}),
      ...(this.chance(0.4) ? { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } : {}),
      ...(this.chance(0.1) ? { schedulingGates: [{ name: 'example.com/wait' }] } : {}),
      affinity: {
        ...(this.chance(0.4) ? { nodeAffinity: this.#nodeAffinity() } : {}),
        ...(this.chance(0.3) ? { podAffinity: this.#podTerms() } : {}),
        ...(this.chance(0.3) ? { podAntiAffinity: this.#podTerms() } : {}),
      },
      ...(this.chance(0.3)
        ? {
            topologySpreadConstraints: [
              {
                maxSkew: 1 + this.below(2),
                topologyKey: 'topology.kubernetes.io/zone',
                whenUnsatisfiable: this.pick(['DoNotSchedule', 'ScheduleAnyway']),
                labelSelector: { matchLabels: { app } },
              },
            ],
          }
        : {}),
      ...(nodeName === undefined ? {} : { nodeName }),
    }
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app } }, spec }
  }

  #requests(): Record<string, string> {
    return {
      ...(this.chance(0.8) ? { cpu: `${100 * this.below(20)}m` } : {}),
      ...(this.chance(0.8) ? { memory: `${256 * this.below(12)}Mi` } : {}),
      ...(this.chance(0.2) ? { 'example.com/gpu': '1' } : {}),
    }
  }

  #nodeAffinity(): NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']> {
    const term = {
      matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [this.pick(ZONES)] }],
    }
    return this.chance(0.5)
      ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 + this.below(9), preference: term }] }
  }

  #podTerms(): NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']> {
    const term = {
      labelSelector: { matchLabels: { app: this.pick(APPS) } },
      topologyKey: this.pick(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']),
    }
    return this.chance(0.4)
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1 + this.below(9), podAffinityTerm: term },
          ],
        }
  }
}
