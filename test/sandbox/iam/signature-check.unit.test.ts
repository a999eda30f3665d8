import { describe, expect, it } from 'vitest'
import { checkSignature } from '../../../sandbox/iam/signature-check.ts'
import { signatureClaim } from '../../../sandbox/iam/signature-claim.ts'
import type { ReceivedRequest } from '../../../sandbox/query-service.ts'

/**
 * The example that AWS works through for those who sign by themselves: a signature that nothing here has made
 * (https://docs.aws.amazon.com/general/latest/gr/sigv4-create-canonical-request.html and the pages after it; today
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const SIGNATURE = '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7'

function listUsers(signature: string): ReceivedRequest {
  return {
    method: 'GET',
    target: '/?Action=ListUsers&Version=2010-05-08',
    headers: {
      'content-type': ['application/x-www-form-urlencoded; charset=utf-8'],
      host: ['iam.amazonaws.com'],
      'x-amz-date': ['20150830T123600Z'],
      authorization: [
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
          `SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
      ],
    },
    body: Buffer.alloc(0),
  }
}

describe("AWS's own example of a signature", () => {
  it('is right', async () => {
    const request = listUsers(SIGNATURE)
    await checkSignature(request, signatureClaim(request), SECRET)
  })

  it('is wrong with another last digit, and with another secret', async () => {
    const other = listUsers(SIGNATURE.replace(/7$/, '8'))
    await expect(checkSignature(other, signatureClaim(other), SECRET)).rejects.toThrow('does not match')
    const request = listUsers(SIGNATURE)
    await expect(checkSignature(request, signatureClaim(request), `${SECRET}x`)).rejects.toThrow(
      'does not match',
    )
  })
})
