import type { EnvironmentConfig } from '../deployment.ts'
import { secretNameIn } from './arns.ts'
import { listedSecrets } from './listed-secrets.ts'
import { expecting, type Problem } from './problems.ts'

/** A provider's admin secret must not be in rotation itself: the key that deletes others would be among those that are deleted. */
export function rotatedAdminProblems(subject: string, environment: EnvironmentConfig): Problem[] {
  const rotated = new Map(listedSecrets(environment).map(({ place, name }) => [name, place]))
  return Object.entries(environment.providers ?? {}).flatMap(([provider, { adminSecretArn }]) => {
    const place = rotated.get(secretNameIn(adminSecretArn))
    return expecting(`${subject}, provider ${provider}`)(
      place === undefined,
      'SETTING_INVALID',
      'adminSecretArn',
      `must not be a secret that is rotated here, and ${place} lists it: the key that makes and deletes the others has to be there whenever one of them is replaced`,
    )
  })
}
