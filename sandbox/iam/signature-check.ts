import { createHash, timingSafeEqual } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { HttpRequest } from '@smithy/types'
import { QueryError, queryOf, type ReceivedRequest } from '../query-service.ts'
import { Sha256 } from './sha256.ts'
import type { SignatureClaim } from './signature-claim.ts'

/** For what a signature must be to count here. */
export interface SignatureTerms {
  readonly service: string
  readonly regions: readonly string[]
  /** What time it is, in ms since the epoch: a signature is of now when it is so by one of these. The first is told. */
  readonly clocks: readonly number[]
}

const TOLERANCE_MS = 15 * 60_000

/**
 * Holds what a request claims to the terms, before any key is looked up, as AWS does. Throws SignatureDoesNotMatch, in the words of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html. How early a signature may be is not documented for IAM and STS; the 15 minutes
 * are those of RequestExpired in https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html.
 */
export function checkTerms(
  { scope, signedAt, signedHeaders, expiresIn }: SignatureClaim,
  { service, regions, clocks }: SignatureTerms,
): void {
  const signed = timeOf(signedAt)
  const life = expiresIn === undefined ? TOLERANCE_MS : expiresIn * 1_000
  const [clock = 0] = clocks
  if (!clocks.some((now) => now - life <= signed && signed <= now + TOLERANCE_MS))
    throw signed < clock
      ? mismatch(
          `Signature expired: ${signedAt} is now earlier than ${basic(clock - life)} (${basic(clock)} - ${span(life)})`,
        )
      : mismatch(
          `Signature not yet current: ${signedAt} is still later than ${basic(clock + TOLERANCE_MS)} (${basic(clock)} + ${span(TOLERANCE_MS)})`,
        )
  if (!signedHeaders.includes('host'))
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  const wrong = [
    regions.includes(scope.region)
      ? undefined
      : `Credential should be scoped to a valid region, not '${scope.region}'.`,
    scope.service === service ? undefined : `Credential should be scoped to correct service: '${service}'.`,
    scope.terminator === 'aws4_request'
      ? undefined
      : `Credential should be scoped with a valid terminator: 'aws4_request', not '${scope.terminator}'.`,
    scope.date === signedAt.slice(0, 8)
      ? undefined
      : `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${signedAt.slice(0, 8)}', from '${signedAt}'.`,
  ].filter((reason) => reason !== undefined)
  if (wrong.length > 0) throw mismatch(wrong.join(' '))
}

/**
 * Signs the request again with this very secret, and throws SignatureDoesNotMatch unless that gives what it claims. AWS adds the canonical request to the message, which is
 * left out here: the body of a request may hold anything.
 */
export async function checkSignature(
  request: ReceivedRequest,
  claim: SignatureClaim,
  secretAccessKey: string,
): Promise<void> {
  const given = Buffer.from(claim.signature)
  const right = Buffer.from(await signAgain(request, claim, secretAccessKey))
  if (given.length !== right.length || !timingSafeEqual(given, right) || !tellsItsBody(request))
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
        'Consult the service documentation for details.',
    )
}

async function signAgain(
  { method, target, headers, body }: ReceivedRequest,
  { accessKeyId, scope, signedAt, signedHeaders, expiresIn }: SignatureClaim,
  secretAccessKey: string,
): Promise<string> {
  const signer = new SignatureV4({
    service: scope.service,
    region: scope.region,
    // A session's token is a header or a parameter like any other: it is signed where the caller signed it.
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  })
  const signable = new Set(signedHeaders)
  const asSigned: HttpRequest = {
    method,
    protocol: 'http:',
    hostname: '',
    path: target.split('?')[0] ?? '',
    query: parametersOf(queryOf(target)),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => signable.has(name))
        .map(([name, values = []]) => [name, values.join(',')]),
    ),
    body,
  }
  const signingDate = new Date(timeOf(signedAt))
  if (expiresIn === undefined) {
    const signed = await signer.sign(asSigned, { signingDate, signableHeaders: signable })
    return /Signature=(\w+)$/.exec(signed.headers.authorization ?? '')?.[1] ?? ''
  }
  const { query = {} } = await signer.presign(asSigned, {
    signingDate,
    expiresIn,
    signableHeaders: signable,
    unhoistableHeaders: signable,
  })
  return String(query['X-Amz-Signature'])
}

/** A signer takes this header for the hash of the body, whatever the body is. */
function tellsItsBody({ headers, body }: ReceivedRequest): boolean {
  const told = headers['x-amz-content-sha256']
  return told === undefined || told.join(',') === createHash('sha256').update(body).digest('hex')
}

function parametersOf(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())]
  return Object.fromEntries(names.map((name) => [name, query.getAll(name)]))
}

/** Of `20150830T123600Z`, in ms since the epoch; NaN where that is no time. */
function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function basic(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

function span(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min.` : `${ms / 1_000} s`
}

function mismatch(message: string): QueryError {
  return new QueryError('SignatureDoesNotMatch', message, 403)
}
