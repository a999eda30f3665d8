import type { CredentialRetirer, Sighting } from '../adapter.ts'
import { awake } from './awake.ts'
import { dialer } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { endpointName } from './endpoint.ts'
import { endpointsOf } from './endpoints.ts'
import type { Invocation } from './invocation.ts'
import { backendsOf } from './sessions.ts'

/**
 * Asks every endpoint who is connected. What is paused is not asked, since nobody is connected to it. What is awake and may pause stays awake for as long as
 * its own time-out says, from this look on: whoever looks more often than that keeps it from pausing.
 */
export function inspection({
  options,
  time,
  admins,
}: Invocation): CredentialRetirer<PostgresCredential>['sightings'] {
  return async ({ username: principal }, current) => {
    const { endpoint, username: witness } = await admins.login(current)
    const endpoints = await awake(await endpointsOf(endpoint, options), options.pauses)
    if (endpoints.length === 0)
      return { sightings: [], endpoints: [], asleep: true, witness: undefined, principal }
    // A log that has this name is this server's, and was written at this time.
    const mark = `overlap ${options.randomBytes(8).toString('hex')}`
    const marked = dialer(options.certificates, time, mark)
    const sightings: Sighting[] = []
    const others: string[] = []
    for (const where of endpoints) {
      const session = await admins.open(current, where, marked)
      try {
        const found = await backendsOf(session, principal)
        sightings.push(...found.sightings)
        others.push(...found.workers.map((worker) => `${worker}@${endpointName(where)}`))
      } finally {
        await session.close()
      }
    }
    return {
      sightings,
      ...(others.length === 0 ? {} : { others }),
      ...{ endpoints: endpoints.map(endpointName), asleep: false, witness, mark, principal },
    }
  }
}
