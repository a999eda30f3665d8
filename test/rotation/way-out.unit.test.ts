import { describe, expect, it } from 'vitest'
import { drainLostVersionCommand, giveUpCommand, publishCommand } from '../../lambdas/rotation/way-out.ts'
import { SECRET_ARN } from './secret.ts'

const token = '0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10'

describe('the command that gives a rotation up', () => {
  it('names the secret and the version', () => {
    expect(giveUpCommand(SECRET_ARN, token)).toBe(
      `aws secretsmanager update-secret-version-stage --secret-id ${SECRET_ARN} --version-stage AWSPENDING --remove-from-version-id ${token}`,
    )
  })

  it.each([
    { id: 'quarterly rotation of the shop secret', shown: "'quarterly rotation of the shop secret'" },
    { id: 'x; rm -rf $HOME `id` | "y" and so on...', shown: '\'x; rm -rf $HOME `id` | "y" and so on...\'' },
    { id: "it's a version with a quote in it", shown: "'it'\\''s a version with a quote in it'" },
  ])('keeps a shell from reading anything into the version $id', ({ id, shown }) => {
    expect(giveUpCommand(SECRET_ARN, id).endsWith(` --remove-from-version-id ${shown}`)).toBe(true)
  })
})

describe('the command that publishes a version', () => {
  it('takes AWSCURRENT from the version that has it, and from no other', () => {
    expect(publishCommand(SECRET_ARN, token, 'the other one')).toBe(
      `aws secretsmanager update-secret-version-stage --secret-id ${SECRET_ARN} --version-stage AWSCURRENT --move-to-version-id ${token} --remove-from-version-id 'the other one'`,
    )
  })
})

describe('the command that has a lost version drained', () => {
  it('makes the version anew, with DRAINING', () => {
    expect(drainLostVersionCommand(SECRET_ARN, token)).toBe(
      `aws secretsmanager put-secret-value --secret-id ${SECRET_ARN} --client-request-token ${token} --version-stages DRAINING --secret-string file://value.json`,
    )
  })
})
