import { ApiException } from '@kubernetes/client-node/dist/gen/apis/exception.js'
import { describe, expect, it } from 'vitest'
import { isNotFound, type KubernetesCall, kubernetesFailed } from '../../lambdas/aws/kubernetes-failure.ts'
import type { OverlapError } from '../../lambdas/rotation/errors.ts'

const call: KubernetesCall = {
  cluster: 'eks-shop',
  verb: 'patch',
  resource: 'deployments.apps',
  namespace: 'shop',
  name: 'api',
}

function failed(error: unknown, timeIsUp = false): OverlapError {
  try {
    return kubernetesFailed(call, error, timeIsUp)
  } catch (thrown) {
    return thrown as OverlapError
  }
}

const CANARY = 'canary-of-a-secret'
const status = (code: number, reason: string, message = CANARY) =>
  new ApiException(code, 'Unknown', JSON.stringify({ kind: 'Status', reason, message }), {
    'set-cookie': CANARY,
  })
const broken = (code: string) => Object.assign(new Error(`request failed ${CANARY}`), { code })

describe('what a cluster answers', () => {
  it.each([
    [
      'a right that RBAC lacks',
      status(403, 'Forbidden', 'User "x" cannot patch resource "deployments"'),
      'KUBERNETES_FAILED',
      /grant the verb patch on deployments\.apps in namespace shop/,
    ],
    ['a rule of admission', status(403, 'Forbidden'), 'KUBERNETES_FAILED', /was refused: 403 Forbidden$/],
    [
      'a caller that it does not know',
      new ApiException(401, 'Unauthorized', undefined, {}),
      'KUBERNETES_FAILED',
      /access entry/,
    ],
    [
      'that there is nothing',
      status(404, 'NotFound'),
      'KUBERNETES_FAILED',
      /^there is no deployments\.apps api in namespace shop of cluster eks-shop$/,
    ],
    ['a conflict', status(409, 'Conflict'), 'KUBERNETES_FAILED', /409 Conflict/],
    ['a field that it does not take', status(422, 'Invalid'), 'KUBERNETES_FAILED', /422 Invalid/],
    [
      'by a proxy',
      new ApiException(502, 'Unknown', `<html>${CANARY}</html>`, {}),
      'KUBERNETES_FAILED',
      /502 of no known reason/,
    ],
    ['with a reason that is no word', status(500, CANARY), 'KUBERNETES_FAILED', /500 of no known reason/],
    ['nothing', broken('ECONNREFUSED'), 'KUBERNETES_FAILED', /not answered \(ECONNREFUSED\).*unknown/],
    [
      'with another certificate',
      broken('SELF_SIGNED_CERT_IN_CHAIN'),
      'KUBERNETES_FAILED',
      /SELF_SIGNED_CERT_IN_CHAIN/,
    ],
    [
      'what cannot be read',
      new SyntaxError(`Unexpected token ${CANARY}`),
      'KUBERNETES_FAILED',
      /\(SyntaxError\)/,
    ],
  ] as const)('%s is told without what it holds', (_, error, code, message) => {
    const told = failed(error)
    expect(told.code).toBe(code)
    expect(told.message).toMatch(message)
    expect(`${told.message}${told.stack}${told.cause}${JSON.stringify(told.detail)}`).not.toContain(CANARY)
  })

  it('too late is the time of the function, whatever broke', () => {
    expect(failed(broken('ABORT_ERR'), true).code).toBe('TIME_UP')
    expect(failed(status(404, 'NotFound'), true).code).toBe('KUBERNETES_FAILED')
  })

  it('is an object that is not there only by 404', () => {
    expect(isNotFound(failed(status(404, 'NotFound')))).toBe(true)
    for (const error of [failed(status(403, 'Forbidden')), failed(broken('ENOTFOUND')), new Error('404')])
      expect(isNotFound(error)).toBe(false)
  })
})
