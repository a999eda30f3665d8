/**
 * The secret that an event wants looked at: Secrets Manager's own event about a label that moved names it
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html). Undefined for anything else: then all are.
 */
export function secretOfEvent(event: unknown): string | undefined {
  const { 'detail-type': what, resources } = (
    typeof event === 'object' && event !== null ? event : {}
  ) as Readonly<Record<string, unknown>>
  if (what !== 'Secret Label Updated' || !Array.isArray(resources)) return undefined
  const [secretId] = resources
  return typeof secretId === 'string' && secretId.startsWith('arn:') ? secretId : undefined
}
