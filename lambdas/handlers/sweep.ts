import { setTimeout as sleep } from 'node:timers/promises'
import { secretsManagerClient } from '../aws/clients.ts'
import { secretCatalog } from '../aws/secret-catalog.ts'
import { secretStore } from '../aws/secret-store.ts'
import { sweepWiring } from '../aws/sweep-wiring.ts'
import { telemetry } from '../aws/telemetry.ts'
import { labelledDates } from '../aws/version-dates.ts'
import { censusTaker } from '../inventory/census.ts'
import { censusEnvironment } from '../inventory/census-environment.ts'
import { sweepHandler } from '../sweep/handler.ts'

const secrets = secretsManagerClient()
const storeFor = (signal: () => AbortSignal) => secretStore(secrets, signal)
const catalogFor = (signal: () => AbortSignal) => secretCatalog(secrets, signal)
const createdDatesFor = labelledDates(secrets)
const census = { telemetry, environment: censusEnvironment(process.env), createdDatesFor, sleep }
const wiring = { telemetry, storeFor, catalogFor, censusFor: censusTaker(census) }
export const handler = sweepHandler({ ...wiring, ...sweepWiring(process.env) })
