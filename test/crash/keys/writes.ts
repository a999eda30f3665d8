/** Calls of functions that change something, at Secrets Manager or at one who mints keys. */
export const writes: ReadonlySet<string> = new Set([
  'PutSecretValue',
  'UpdateSecretVersionStage',
  'TagUser',
  'UntagUser',
  'CreateAccessKey',
  'UpdateAccessKey',
  'DeleteAccessKey',
  'create',
  'disable',
  'enable',
  'remove',
])
