import test from 'ava'
import { defaultPod, defaultPodSpec } from '../../../engine/model/pod-defaults.js'
import type { Container, PodSpec } from '../../../engine/model/pod-spec.js'

function podOf(container: Partial<Container>, spec: Partial<PodSpec> = {}): PodSpec {
  return defaultPod({ containers: [{ name: 'c', ...container }], ...spec }, {})
}

test('requests that are missing become the limits, resource by resource, in pods only', t => {
  const resources = { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi', 'example.com/gpu': '1' } }
  const expected = { cpu: '1', memory: '1Gi', 'example.com/gpu': '1' }
  t.deepEqual(podOf({ resources }).containers[0].resources?.requests, expected)
  const init = podOf({}, { initContainers: [{ name: 'i', resources }] })
  t.deepEqual(init.initContainers?.[0].resources?.requests, expected)
  const template = defaultPodSpec({ containers: [{ name: 'c', resources }] })
  t.deepEqual(template.containers[0].resources?.requests, { cpu: '1' })
})

test('pod-level requests: as written, else the sum of the containers, else the pod-level limit', t => {
  const containers = ['200m', '300m'].map((cpu, i) => ({ name: `c${i}`, resources: { requests: { cpu } } }))
  const rows: [PodSpec['resources'], Record<string, string> | undefined][] = [
    [{ requests: { cpu: '2' } }, { cpu: '2' }],
    [{ limits: { cpu: '2', memory: '1Gi' } }, { cpu: '500m', memory: '1Gi' }],
    [undefined, undefined],
  ]
  for (const [resources, requests] of rows) {
    const spec = defaultPod({ containers, ...(resources === undefined ? {} : { resources }) }, {})
    t.deepEqual(spec.resources?.requests, requests)
  }
})

test('on the host network a port is a host port, unless another one is named', t => {
  const ports = [{ containerPort: 80 }, { containerPort: 81, hostPort: 9000, protocol: 'UDP' }]
  const written = podOf({ ports }, { hostNetwork: true }).containers[0].ports
  t.deepEqual(written, [
    { containerPort: 80, hostPort: 80, protocol: 'TCP' },
    { containerPort: 81, hostPort: 9000, protocol: 'UDP' },
  ])
  t.deepEqual(podOf({ ports }).containers[0].ports?.[0], { containerPort: 80, protocol: 'TCP' })
})

test('a pod gets its policies, times and names, and its claims a mode', t => {
  const volumeClaimTemplate = { spec: { storageClassName: 'fast' } }
  const spec = podOf({ image: 'app:1' }, { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate } }] })
  const { restartPolicy, terminationGracePeriodSeconds, schedulerName } = spec
  t.deepEqual(
    [restartPolicy, terminationGracePeriodSeconds, schedulerName],
    ['Always', 30, 'default-scheduler'],
  )
  t.is(spec.containers[0].imagePullPolicy, 'IfNotPresent')
  t.deepEqual(spec.volumes?.[0].ephemeral?.volumeClaimTemplate.spec, {
    storageClassName: 'fast',
    volumeMode: 'Filesystem',
  })
})

test('label keys join the selectors with the labels of the pod; keys it lacks ask for nothing', t => {
  const labelSelector = { matchLabels: { app: 'web' } }
  const term = {
    labelSelector,
    topologyKey: 'zone',
    matchLabelKeys: ['rev', 'none'],
    mismatchLabelKeys: ['tenant'],
  }
  const spec = defaultPod(
    {
      containers: [],
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector,
          matchLabelKeys: ['rev'],
        },
      ],
    },
    { rev: '7', tenant: 'x' },
  )
  const isRevision = { key: 'rev', operator: 'In', values: ['7'] }
  const otherTenant = { key: 'tenant', operator: 'NotIn', values: ['x'] }
  const joined = { ...labelSelector, matchExpressions: [isRevision, otherTenant] }
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  t.deepEqual(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0].labelSelector, joined)
  t.deepEqual(
    podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.[0].podAffinityTerm.labelSelector,
    joined,
  )
  t.deepEqual(spec.topologySpreadConstraints?.[0].labelSelector, {
    ...labelSelector,
    matchExpressions: [isRevision],
  })
})
