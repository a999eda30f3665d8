import { randomUUID } from 'node:crypto'

/** Who last wrote which fields of an object (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). */
export interface FieldWrite {
  readonly manager: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** A Secret of the cluster, and who wrote it. */
export class Secret {
  readonly uid = randomUUID()
  readonly namespace: string
  readonly name: string
  readonly createdAt: number
  data: Readonly<Record<string, string>> = {}
  writes: readonly FieldWrite[] = []

  constructor(namespace: string, name: string, createdAt: number) {
    this.namespace = namespace
    this.name = name
    this.createdAt = createdAt
  }

  /** As an operator does that syncs it: what is as it was is not written. */
  sync(data: Readonly<Record<string, string>>, at: number): void {
    if (JSON.stringify(data) === JSON.stringify(this.data)) return
    this.data = data
    const keys = Object.fromEntries(Object.keys(data).map((key) => [`f:${key}`, {}]))
    this.write({ manager: 'external-secrets', at, fields: { 'f:data': { '.': {}, ...keys } } })
  }

  /** A manager has one entry, with the time of its last change. */
  write(write: FieldWrite): void {
    this.writes = [...this.writes.filter(({ manager }) => manager !== write.manager), write]
  }
}
