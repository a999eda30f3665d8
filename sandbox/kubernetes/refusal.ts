/** An answer other than 200 (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export class ApiRefusal extends Error {
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string, message: string) {
    super(message)
    this.name = reason
    this.code = code
    this.reason = reason
  }

  get body() {
    const { code, reason, message } = this
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
  }
}

export function notFound(resource: string, name: string): ApiRefusal {
  return new ApiRefusal(404, 'NotFound', `${resource} "${name}" not found`)
}

export function badRequest(message: string): ApiRefusal {
  return new ApiRefusal(400, 'BadRequest', message)
}
