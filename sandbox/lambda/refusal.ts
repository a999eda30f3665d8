import type { ServerResponse } from 'node:http'

/** An error as Lambda's API answers it. */
export function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
    .end(JSON.stringify({ Type: 'User', message }))
}
