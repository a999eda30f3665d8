import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

type Name = 'secretsManager' | 'iam' | 'lambda'

const variables: Readonly<Record<Name, string>> = {
  secretsManager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  iam: 'AWS_ENDPOINT_URL_IAM',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
}

export interface Refusals {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Stands before services, and refuses some operations as AWS does, by default because a right is missing. Of each service: its URL and the operations. */
export async function startRefusals(
  services: Partial<Readonly<Record<Name, readonly [url: string, operations: readonly string[]]>>>,
  error = 'AccessDenied',
): Promise<Refusals> {
  const servers: Server[] = []
  const environment: Record<string, string> = {}
  for (const name of Object.keys(services) as Name[]) {
    const [url, operations] = services[name] ?? ['', []]
    const server = createServer(async (incoming, response) => {
      const body = Buffer.concat(await incoming.toArray())
      const asked = `${incoming.headers['x-amz-target'] ?? ''} ${incoming.url} ${body}`
      if (operations.some((operation) => new RegExp(`[./=]${operation}\\b`).test(asked))) {
        const [type, text] = refusal[name](error)
        response.writeHead(403, { 'content-type': type, 'x-amzn-errortype': `${error}Exception` }).end(text)
        return
      }
      const { method = 'POST', headers } = incoming
      const onward = request(`${url}${incoming.url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      onward.end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    environment[variables[name]] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  return {
    environment,
    async close() {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

const json = (error: string) =>
  JSON.stringify({ __type: `${error}Exception`, message: 'not authorized to perform this' })
/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const xml = (error: string) =>
  `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${error}</Code>` +
  '<Message>not authorized to perform this</Message></Error><RequestId>any</RequestId></ErrorResponse>'

const refusal: Readonly<Record<Name, (error: string) => readonly [type: string, text: string]>> = {
  secretsManager: (error) => ['application/x-amz-json-1.1', json(error)],
  iam: (error) => ['text/xml', xml(error)],
  lambda: (error) => ['application/json', json(error)],
}
