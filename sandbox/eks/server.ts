import { type Listener, listenOnLoopback, tellTime } from '../loopback.ts'

/** A cluster as EKS tells of it. */
export interface EksCluster {
  readonly name: string
  /** `https://...`. */
  readonly url: string
  /** PEM. */
  readonly ca: string
}

export interface EksOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  /** What time it is, in ms since the epoch. Undefined: no answer says so. */
  readonly now?: () => number
}

/** `url` is for AWS_ENDPOINT_URL_EKS. */
export interface Eks extends Listener {
  /** Its status is ACTIVE from now on. */
  add(cluster: EksCluster): void
}

/** Amazon EKS on loopback: DescribeCluster, in AWS's REST protocol with JSON (https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html). */
export async function startEks(options: EksOptions = {}): Promise<Eks> {
  const { region = 'us-east-1', accountId = '123456789012', now } = options
  const clusters = new Map<string, EksCluster>()

  function answerTo(method: string, path: string): { status: number; type?: string; body: object } {
    const name = /^\/clusters\/([\w-]+)$/.exec(path)?.[1]
    if (method !== 'GET' || name === undefined)
      return refusal(400, 'InvalidRequestException', 'The sandbox knows DescribeCluster alone.')
    const found = clusters.get(name)
    if (found === undefined)
      return refusal(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`)
    const { url, ca } = found
    const cluster = {
      name,
      arn: `arn:aws:eks:${region}:${accountId}:cluster/${name}`,
      endpoint: url,
      certificateAuthority: { data: Buffer.from(ca).toString('base64') },
      status: 'ACTIVE',
    }
    return { status: 200, body: { cluster } }
  }

  const listener = await listenOnLoopback(options.port, async (request, response) => {
    const { status, type, body } = request.headers.authorization
      ? answerTo(request.method ?? '', request.url ?? '')
      : refusal(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
    if (type !== undefined) response.setHeader('x-amzn-errortype', type)
    else if (now) tellTime(response, now())
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  return { ...listener, add: (cluster) => void clusters.set(cluster.name, cluster) }
}

function refusal(status: number, type: string, message: string) {
  return { status, type, body: { message } }
}
