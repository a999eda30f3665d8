/** A pod as its controller sees it. */
export interface SeenPod<P> {
  readonly pod: P
  /** Ordinal, or node. */
  readonly place: number
  /** It has the present template. */
  readonly isNew: boolean
  readonly ready: boolean
  /** It is not about to end. */
  readonly staying: boolean
}

export interface Situation<P> {
  readonly kind: 'deployment' | 'statefulset' | 'daemonset'
  readonly wanted: number
  /** Are pods replaced that have an older template? */
  readonly rolling: boolean
  /** Of a StatefulSet. */
  readonly partition: number
  readonly pods: readonly SeenPod<P>[]
}

export interface Steps<P> {
  /** Places of the pods to create. */
  readonly create: readonly number[]
  readonly remove: readonly P[]
}

/** What the controller does next; nothing when it has to wait, or is done. */
export function nextSteps<P>(situation: Situation<P>): Steps<P> {
  return situation.kind === 'deployment' ? deploymentSteps(situation) : placedSteps(situation)
}

/** `maxSurge` and `maxUnavailable` are 25 %, as the API server sets them: rounded up, and rounded down. */
function deploymentSteps<P>({ wanted, rolling, pods }: Situation<P>): Steps<P> {
  const staying = pods.filter((pod) => pod.staying)
  const fresh = staying.filter((pod) => pod.isNew)
  const old = staying.filter((pod) => !pod.isNew)
  if (!rolling && old.length > 0) return { create: [], remove: [] }
  const room = wanted + Math.ceil(wanted / 4) - staying.length
  const creating = Math.max(0, Math.min(room, wanted - fresh.length))
  const spare = staying.filter((pod) => pod.ready).length - (wanted - Math.floor(wanted / 4))
  const unready = old.filter((pod) => !pod.ready)
  const ready = old.filter((pod) => pod.ready).slice(0, Math.max(0, spare))
  const tooMany = old.length > 0 ? [] : fresh.slice(wanted)
  return {
    create: Array.from({ length: creating }, () => 0),
    remove: [...unready, ...ready, ...tooMany].map(({ pod }) => pod),
  }
}

/** One pod for each place, one after another: a StatefulSet from the highest ordinal down, and with its lower ordinals ready first when pods are made. */
function placedSteps<P>({ kind, wanted, rolling, partition, pods }: Situation<P>): Steps<P> {
  const places = Array.from({ length: wanted }, (_, place) => place)
  const at = (place: number) => pods.find((pod) => pod.place === place)
  const tooMany = pods.filter(({ place, staying }) => place >= wanted && staying)
  if (tooMany.length > 0) return { create: [], remove: tooMany.map(({ pod }) => pod) }
  const empty = places.filter((place) => at(place) === undefined)
  if (empty.length > 0) {
    const inOrder = kind === 'daemonset' ? empty : empty.slice(0, 1)
    const waits =
      kind === 'statefulset' && places.some((place) => place < (empty[0] ?? 0) && at(place)?.ready !== true)
    return { create: waits ? [] : inOrder, remove: [] }
  }
  const old = pods.filter(({ isNew, place, staying }) => !isNew && staying && place >= partition)
  // A DaemonSet replaces what is not up anyway; a StatefulSet waits for it, until somebody deletes it.
  const down = kind === 'daemonset' && rolling ? old.filter(({ ready }) => !ready) : []
  if (down.length > 0) return { create: [], remove: down.map(({ pod }) => pod) }
  if (!rolling || places.some((place) => at(place)?.ready !== true)) return { create: [], remove: [] }
  const next = old.toSorted((one, other) => other.place - one.place)[0]
  return { create: [], remove: next === undefined ? [] : [next.pod] }
}
