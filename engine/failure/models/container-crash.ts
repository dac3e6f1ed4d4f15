import { defineFailure } from '../failure-model.js'

/**
 * Containers that crash: those of a pod end with an exit code, and the pod's restart policy decides what follows.
 *
 * Upstream: what happens to real programs; no file of Kubernetes.
 * Simplified: all containers of the pod end at once.
 */
export const containerCrash = defineFailure({
  name: 'container-crash',
  about: 'The containers of a pod end with an exit code.',
  subjects: ['pods'],
  args: { exitCode: 1 },
  check: ({ exitCode }) =>
    Number.isInteger(exitCode) && exitCode >= 0 && exitCode <= 255 ? [] : ['exitCode lies between 0 and 255'],
  create: ({ ports }, { exitCode }) => ({
    strike({ pods }) {
      for (const pod of pods) ports.exitContainers(pod, exitCode)
    },
    mend() {},
  }),
})
