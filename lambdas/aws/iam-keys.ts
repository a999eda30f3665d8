import {
  type AccessKey,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  type IAMClient,
  LimitExceededException,
  NoSuchEntityException,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { iamFailed } from './iam-failure.ts'
import { keysOfUser, tagsOfUser } from './iam-lists.ts'

// Calls about the access keys of one IAM user, by what may be done with them: no function has all of them. `signal` makes an AbortSignal for each call.
// Every call rejects with OverlapError: `IAM_FAILED`, or `TIME_UP` when it was not answered.

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html, .../API_ListUserTags.html */
export function iamSights(client: IAMClient, signal: () => AbortSignal) {
  const options = () => ({ abortSignal: signal() })
  return {
    async keys(userName: string) {
      const keys = await keysOfUser(client, userName, options)
      return keys.flatMap(({ AccessKeyId, Status, CreateDate }) =>
        AccessKeyId === undefined
          ? []
          : [{ id: AccessKeyId, active: Status !== 'Inactive', created: CreateDate?.getTime() }],
      )
    },
    tags: (userName: string) => tagsOfUser(client, userName, options),
    /**
     * In ms since the epoch; undefined: it never was. IAM tells it late, by hours
     * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html, .../UserGuide/reference_policies_access-advisor.html). A service or Region
     * that it does not know is called N/A.
     */
    async lastUsed(AccessKeyId: string) {
      const { AccessKeyLastUsed: use } = await client
        .send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), options())
        .catch((error) => iamFailed('GetAccessKeyLastUsed', error))
      const told = (text: string | undefined) => (text === undefined || text === 'N/A' ? '' : text)
      return use?.LastUsedDate === undefined
        ? undefined
        : { at: use.LastUsedDate.getTime(), by: told(use.ServiceName), from: told(use.Region) }
    },
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html, .../API_UpdateAccessKey.html: writing again what is there is success. */
export function iamRecords(client: IAMClient, signal: () => AbortSignal) {
  const options = () => ({ abortSignal: signal() })
  return {
    /** `no room`: the user has as many tags as IAM allows. */
    async tag(UserName: string, Key: string, Value: string): Promise<'tagged' | 'no room'> {
      try {
        await client.send(new TagUserCommand({ UserName, Tags: [{ Key, Value }] }), options())
        return 'tagged'
      } catch (error) {
        if (error instanceof LimitExceededException) return 'no room'
        return iamFailed('TagUser', error)
      }
    },
    async activate(UserName: string, AccessKeyId: string) {
      await client
        .send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }), options())
        .catch((error) => iamFailed('UpdateAccessKey', error))
    },
  }
}

/** `client` makes one attempt. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export function iamMint(client: IAMClient, signal: () => AbortSignal) {
  return {
    /** `no room`: the user has as many keys as IAM allows. */
    async create(UserName: string): Promise<{ readonly id: string; readonly secret: string } | 'no room'> {
      let key: AccessKey | undefined
      try {
        const answer = await client.send(new CreateAccessKeyCommand({ UserName }), { abortSignal: signal() })
        key = answer.AccessKey
      } catch (error) {
        if (error instanceof LimitExceededException) return 'no room'
        iamFailed('CreateAccessKey', error)
      }
      if (!key?.AccessKeyId || !key.SecretAccessKey)
        return iamFailed('CreateAccessKey', new Error('the answer holds no key'))
      return { id: key.AccessKeyId, secret: key.SecretAccessKey }
    },
  }
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html, .../API_DeleteAccessKey.html, .../API_UntagUser.html */
export function iamRevocations(client: IAMClient, signal: () => AbortSignal) {
  const options = () => ({ abortSignal: signal() })
  const goneIsDone = (operation: string) => (error: unknown) => {
    if (!(error instanceof NoSuchEntityException)) iamFailed(operation, error)
  }
  return {
    async deactivate(UserName: string, AccessKeyId: string) {
      await client
        .send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }), options())
        .catch((error) => iamFailed('UpdateAccessKey', error))
    },
    /** Gone already is success. */
    async remove(UserName: string, AccessKeyId: string) {
      await client
        .send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }), options())
        .catch(goneIsDone('DeleteAccessKey'))
    },
    /** Gone already is success. */
    async untag(UserName: string, tags: readonly string[]) {
      if (tags.length === 0) return
      await client
        .send(new UntagUserCommand({ UserName, TagKeys: [...tags] }), options())
        .catch(goneIsDone('UntagUser'))
    },
  }
}
