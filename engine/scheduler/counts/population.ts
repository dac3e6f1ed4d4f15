import type { Labels } from '../../model/labels.js'
import { type LabelSetId, type NamespaceId, NONE, type PodId } from '../../state/ids.js'
import type { AttachedColumn } from '../../state/table.js'
import type { PodShape } from '../framework/pod-shape.js'
import type { Snapshot } from '../framework/snapshot.js'
import type { HeldTerm } from './held-term.js'
import type { Selection } from './selection.js'

/** All pods with one set of labels in one namespace: selectors cannot tell them apart. */
export interface Population {
  readonly labels: Labels
  readonly namespace: string
  /** Head of the list of its pods on nodes; follow `Populations.next`. */
  first: PodId | typeof NONE
  /** What selects these pods; of `selectedAt`, another epoch makes it void. */
  selections: Selection[]
  selectedAt: number
  /** Terms of pods on nodes that mean these pods, in the same way. */
  meantBy: HeldTerm[]
  meantAt: number
}

/**
 * The populations by pod shape and by label, with the pods of each in a list: a new selector is asked once for every
 * population that has its label, and only pods that match are walked.
 *
 * Upstream: nothing of the kind; a way of counting what podtopologyspread and interpodaffinity (1.36) count anew.
 * Simplified: nothing known.
 */
export class Populations {
  readonly #byShape: (Population | undefined)[] = []
  readonly #byKey = new Map<number, Population>()
  readonly #byLabel = new Map<string, Population[]>()
  readonly #all: Population[] = []
  readonly next: AttachedColumn<Int32Array>
  readonly #previous: AttachedColumn<Int32Array>

  constructor({ state: { pods } }: Snapshot) {
    this.next = pods.attach(Int32Array, NONE)
    this.#previous = pods.attach(Int32Array, NONE)
  }

  of(shape: PodShape): Population {
    let population = this.#byShape[shape.id]
    if (population === undefined) {
      population = this.#find(shape.labelsId, shape.namespaceId, shape)
      this.#byShape[shape.id] = population
    }
    return population
  }

  /** Those that have the label `key=value`, all for ''. */
  anchoredAt(anchor: string): readonly Population[] {
    return anchor === '' ? this.#all : (this.#byLabel.get(anchor) ?? [])
  }

  link(pod: PodId, population: Population): void {
    const { first } = population
    this.next.values[pod] = first
    this.#previous.values[pod] = NONE
    if (first !== NONE) this.#previous.values[first] = pod
    population.first = pod
  }

  unlink(pod: PodId, population: Population): void {
    const next = this.next.values[pod]
    const previous = this.#previous.values[pod]
    if (previous === NONE) population.first = next as PodId
    else this.next.values[previous] = next
    if (next !== NONE) this.#previous.values[next] = previous
  }

  #find(labelsId: LabelSetId, namespaceId: NamespaceId, { labels, namespace }: PodShape): Population {
    // Label sets and namespaces of a run are far fewer than 2^26 each.
    const key = labelsId * 2 ** 26 + namespaceId
    let population = this.#byKey.get(key)
    if (population === undefined) {
      population = {
        labels,
        namespace,
        first: NONE,
        selections: [],
        selectedAt: NONE,
        meantBy: [],
        meantAt: NONE,
      }
      this.#byKey.set(key, population)
      this.#all.push(population)
      for (const anchor of anchorsOf(labels)) addTo(this.#byLabel, anchor, population)
    }
    return population
  }
}

/** Things with an anchor (a label their pods must have), found again by the labels of a pod. */
export class Anchored<T> {
  readonly #byAnchor = new Map<string, T[]>()

  add(anchor: string, thing: T): void {
    addTo(this.#byAnchor, anchor, thing)
  }

  clear(): void {
    this.#byAnchor.clear()
  }

  /** Calls back with everything that pods with these labels may be meant by. */
  visit(labels: Labels, visitor: (thing: T) => void): void {
    for (const anchor of ['', ...anchorsOf(labels)]) {
      const things = this.#byAnchor.get(anchor)
      if (things !== undefined) for (const thing of things) visitor(thing)
    }
  }
}

function anchorsOf(labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`)
}

function addTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
