import type { EnvironmentConfig } from '../deployment.ts'

export interface Listed {
  /** Whose list it is in, as a person calls it. */
  readonly place: string
  readonly name: string
  /** Of the IAM user whose key it holds. */
  readonly userArn?: string
}

/** Every secret that an environment lists, whatever it holds. */
export function listedSecrets({
  databases = {},
  accessKeys = {},
  providers = {},
}: EnvironmentConfig): Listed[] {
  const of = (
    word: string,
    places: Readonly<Record<string, { readonly secrets: readonly Omit<Listed, 'place'>[] }>>,
  ) =>
    Object.entries(places).flatMap(([name, { secrets }]) =>
      secrets.map((secret) => ({ ...secret, place: `${word} ${name}` })),
    )
  return [...of('database', databases), ...of('accessKeys', accessKeys), ...of('provider', providers)]
}
