/** Who may invoke a function: one AWS::Lambda::Permission. */
export interface InvokePermission {
  readonly functionName: string
  /** Of a service, such as `events.amazonaws.com`. */
  readonly principal: string
  /** With `*` for any characters; undefined: whatever it is. */
  readonly sourceArn: string | undefined
}

/**
 * The resource policies of all functions. A service that a template forgot to let in gets no further here than at AWS, where nobody is told.
 * All of this is one account, so a condition on the account always holds.
 */
export class InvokePermissions {
  readonly #granted = new Set<InvokePermission>()

  /** Returns what takes it back. */
  grant(permission: InvokePermission): () => void {
    this.#granted.add(permission)
    return () => this.#granted.delete(permission)
  }

  /** `functionName`: a name or an ARN. `source`: the ARN that the service acts for. */
  allows(principal: string, functionName: string, source: string): boolean {
    const name = functionName.split(':').at(-1)
    return [...this.#granted].some(
      (granted) =>
        granted.functionName === name &&
        granted.principal === principal &&
        (granted.sourceArn === undefined || matches(granted.sourceArn, source)),
    )
  }
}

function matches(pattern: string, arn: string): boolean {
  const literal = pattern.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('.*')}$`).test(arn)
}
