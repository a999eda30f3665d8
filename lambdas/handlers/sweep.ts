import { setTimeout as sleep } from 'node:timers/promises'
import { lambdaClient, secretsManagerClient } from '../aws/clients.ts'
import { retireFunction } from '../aws/retire-function.ts'
import { secretCatalog } from '../aws/secret-catalog.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { labelledDates } from '../aws/version-dates.ts'
import { censusTaker } from '../inventory/census.ts'
import { censusEnvironment } from '../inventory/census-environment.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import { sweepHandler } from '../sweep/handler.ts'

const [secrets, lambda] = [secretsManagerClient(), lambdaClient()]
const storeFor = (signal: () => AbortSignal) => secretStore(secrets, signal)
const catalogFor = (signal: () => AbortSignal) => secretCatalog(secrets, signal)
const retireFor = (arn: string, signal: () => AbortSignal) => retireFunction(lambda, arn, signal)
const createdDatesFor = labelledDates(secrets)
const census = { telemetry, environment: censusEnvironment(process.env), createdDatesFor, sleep }
const wiring = { telemetry, storeFor, catalogFor, retireFor, censusFor: censusTaker(census) }
export const handler = sweepHandler({ ...wiring, environment: sweepEnvironment(process.env) })
