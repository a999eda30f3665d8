import type { Sighting } from '../adapters/adapter.ts'
import type { EvidenceRecord, Proof, Rung } from './record.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A line of the journal. Undefined for whatever is no whole record of this format: other software may write to a log group, and later versions of
 * Overlap write later formats. Fields that are not known are left out.
 */
export function readRecord(line: string): EvidenceRecord | undefined {
  const fields = parse(line)
  if (fields === undefined) return undefined
  const { v, secret, version, at } = fields
  if (v !== 1 || !isText(secret) || !isText(version) || !isInstant(at)) return undefined
  const subject = { v, secret, version, at } as const
  const event = eventOf(fields)
  return event && { ...subject, ...event }
}

type EventOf<T> = T extends EvidenceRecord ? Omit<T, 'v' | 'secret' | 'version' | 'at'> : never

function eventOf(fields: Fields): EventOf<EvidenceRecord> | undefined {
  const { event, reason, by } = fields
  switch (event) {
    case 'sample':
      return sampleOf(fields)
    case 'disabled': {
      const proof = proofOf(fields.proof)
      if (proof === undefined || !isText(by)) return undefined
      const works = fields.works === true ? { works: true as const } : {}
      return { event, proof, by, ...(isText(reason) ? { reason } : {}), ...works }
    }
    case 'removed':
    case 'enabled':
    case 'superseded': {
      const proof = proofOf(fields.proof)
      return { event, ...(isText(reason) ? { reason } : {}), ...(proof ? { proof } : {}) }
    }
    case 'accepted':
    case 'leaked':
    case 'rolled-back':
    case 'repaired':
    case 'acknowledged': {
      if (!isText(by) || !isText(reason)) return undefined
      const names = listOf(fields.names, textOf)
      return { event, by, reason, ...(names ? { names } : {}) }
    }
    default:
      return undefined
  }
}

/** A sample of which anything is unreadable is none: what is lost of it may be a sighting. */
function sampleOf(fields: Fields): EventOf<EvidenceRecord> | undefined {
  const sightings = listOf(fields.sightings, sightingOf)
  const { asleep, leftOut, witness, mark, principal, unknown } = fields
  if (sightings === undefined || (leftOut !== undefined && typeof leftOut !== 'number')) return undefined
  const endpoints = listOf(fields.endpoints, textOf)
  const others = listOf(fields.others, textOf)
  return {
    event: 'sample',
    sightings,
    ...(others ? { others } : {}),
    ...(endpoints ? { endpoints } : {}),
    ...(asleep === true ? { asleep } : {}),
    ...(leftOut === undefined ? {} : { leftOut }),
    ...(isText(witness) ? { witness } : {}),
    ...(isText(mark) ? { mark } : {}),
    ...(isText(principal) ? { principal } : {}),
    ...(unknown === undefined ? {} : { unknown: String(unknown) }),
  }
}

const rungs: readonly Rung[] = ['a', 'b', 'c', 'd', 'accepted', 'leaked']

function proofOf(value: unknown): Proof | undefined {
  if (!isFields(value)) return undefined
  const rung = rungs.find((one) => one === value.rung)
  const { from, until, samples } = value
  const gaps = listOf(value.gaps, gapOf)
  const consumers = listOf(value.consumers, consumerOf)
  const missing = listOf(value.missing, textOf)
  if (rung === undefined || !isInstant(from) || !isInstant(until) || typeof samples !== 'number')
    return undefined
  if (gaps === undefined || consumers === undefined || missing === undefined) return undefined
  const lastSighting = sightingOf(value.lastSighting)
  const others = listOf(value.others, textOf)
  const accepted = listOf(value.accepted, textOf)
  return {
    ...{ rung, from, until, samples, gaps, consumers, missing },
    ...(lastSighting ? { lastSighting } : {}),
    ...(others ? { others } : {}),
    ...(accepted ? { accepted } : {}),
  }
}

function sightingOf(value: unknown): Sighting | undefined {
  if (!isFields(value)) return undefined
  const { endpoint, application, address, since, lastUsed } = value
  if (!isText(endpoint) || !isText(application) || !isText(address) || !isText(since)) return undefined
  if (lastUsed !== undefined && !isInstant(lastUsed)) return undefined
  return { endpoint, application, address, since, ...(lastUsed === undefined ? {} : { lastUsed }) }
}

function gapOf(value: unknown): Proof['gaps'][number] | undefined {
  if (!isFields(value)) return undefined
  const { from, until } = value
  return isInstant(from) && isInstant(until) ? { from, until } : undefined
}

function consumerOf(value: unknown): Proof['consumers'][number] | undefined {
  if (!isFields(value)) return undefined
  const { name, version } = value
  return isText(name) && isText(version) ? { name, version } : undefined
}

/** Undefined unless it is a list each of whose elements can be read. */
function listOf<T>(value: unknown, read: (element: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const elements = value.map(read)
  return elements.every((element) => element !== undefined) ? elements : undefined
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isInstant(value: unknown): value is string {
  return isText(value) && Number.isFinite(Date.parse(value))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}
