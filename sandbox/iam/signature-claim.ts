import { QueryError, queryOf, type ReceivedRequest } from '../query-service.ts'

/** What a request says of its own signature. Nothing of it is proved. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** For what the signature says that it is. */
  readonly scope: {
    readonly date: string
    readonly region: string
    readonly service: string
    readonly terminator: string
  }
  /** When it was signed, such as `20150830T123600Z`. */
  readonly signedAt: string
  /** In lower case. */
  readonly signedHeaders: readonly string[]
  /** In hexadecimal digits. */
  readonly signature: string
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined
  /** Seconds, of a signature in the query string; undefined: it is in the Authorization header. */
  readonly expiresIn: number | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/**
 * Reads the Authorization header, or the parameters of a query string that is signed
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html). Throws IncompleteSignature, whose status is from
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html; its words are not documented, and are those that people report. They quote nothing of a
 * header: AWS shows a hash of it there.
 */
export function signatureClaim(request: ReceivedRequest): SignatureClaim {
  const [authorization] = request.headers.authorization ?? []
  return authorization === undefined ? claimOfQuery(request) : claimOfHeader(authorization, request)
}

function claimOfHeader(authorization: string, { headers }: ReceivedRequest): SignatureClaim {
  const [, algorithm = '', list = ''] = /^(\S*)\s*(.*)$/s.exec(authorization) ?? []
  checkAlgorithm(algorithm)
  const parameters = new Map(
    list.split(',').map((pair): [string, string] => {
      const [, name, value] = /^\s*([^=]+)=(.*?)\s*$/s.exec(pair) ?? []
      if (name === undefined || value === undefined)
        throw incomplete(
          'A part of the Authorization header is not a valid key=value pair (missing equal-sign).',
        )
      return [name, value]
    }),
  )
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name))
  const [signedAt = ''] = headers['x-amz-date'] ?? []
  if (missing.length > 0 || signedAt === '')
    throw incomplete(
      [
        ...missing.map((name) => `Authorization header requires '${name}' parameter.`),
        // AWS takes the header Date, too; the signer that checks here knows X-Amz-Date alone, as do the SDKs and the AWS CLI.
        ...(signedAt === ''
          ? ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]
          : []),
      ].join(' '),
    )
  return claim({
    credential: parameters.get('Credential') ?? '',
    signedHeaders: parameters.get('SignedHeaders') ?? '',
    signature: parameters.get('Signature') ?? '',
    signedAt,
    sessionToken: headers['x-amz-security-token']?.[0],
    expiresIn: undefined,
  })
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request has the bounds of X-Amz-Expires. */
const LONGEST_LIFE_SECONDS = 604_800

function claimOfQuery({ target }: ReceivedRequest): SignatureClaim {
  const query = queryOf(target)
  const field = (name: string) => {
    const value = query.get(`X-Amz-${name}`)
    if (!value) throw incomplete(`AWS query-string parameters must include 'X-Amz-${name}'.`)
    return value
  }
  checkAlgorithm(field('Algorithm'))
  const expires = field('Expires')
  const expiresIn = Number(expires)
  if (!/^[1-9]\d*$/.test(expires) || expiresIn > LONGEST_LIFE_SECONDS)
    throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${LONGEST_LIFE_SECONDS}.`)
  return claim({
    credential: field('Credential'),
    signedHeaders: field('SignedHeaders'),
    signature: field('Signature'),
    signedAt: field('Date'),
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expiresIn,
  })
}

function claim({
  credential,
  signedHeaders,
  ...rest
}: Omit<SignatureClaim, 'accessKeyId' | 'scope' | 'signedHeaders'> & {
  readonly credential: string
  readonly signedHeaders: string
}): SignatureClaim {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  if (accessKeyId === undefined || terminator === undefined || more.length > 0)
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    )
  if (!/^\d{8}T\d{6}Z$/.test(rest.signedAt))
    throw incomplete("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601")
  return {
    ...rest,
    accessKeyId,
    scope: { date: date ?? '', region: region ?? '', service: service ?? '', terminator },
    signedHeaders: signedHeaders.toLowerCase().split(';'),
  }
}

function checkAlgorithm(algorithm: string): void {
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`)
}

function incomplete(message: string): QueryError {
  return new QueryError('IncompleteSignature', message, 400)
}
