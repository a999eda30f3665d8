/**
 * A provider of API keys, described as data: what is asked of it, how, and where its answers hold what. It is part of the deployment, never of a secret; it can be
 * written as JSON. `validation.ts` refuses, by field, what this file does not allow.
 *
 * A *template* is text with placeholders:
 * - `{{keyId}}`: the id of the key that is meant (not in `list`, and in `create` the current key's)
 * - `{{name}}`: the name that a new key gets (in `create` alone): `overlap-`, of whose secret it is, of which version, and when; up to 100 characters
 * - `{{with.x}}`: what the deployment says of `x`, or the definition's own `with`. Never a secret
 * - `{{admin}}` or `{{admin.field}}`: the admin secret, or a field of it where it is a JSON object (in `admin` alone)
 * - `{{key}}`: the key itself (in `key` alone)
 *
 * In an address each placeholder is percent-encoded. A secret is never part of an address or of a body: addresses end up in logs.
 *
 * A *pointer* is a JSON pointer (RFC 6901) into an answer, such as `/result/0/id`; an empty one is the whole answer.
 */
export interface HttpProvider {
  /** Pages of the provider's public API documentation that this was written from. For readers alone. */
  readonly documentation?: readonly string[]
  /** Values of `{{with.x}}` that a deployment need not say. */
  readonly with?: Readonly<Record<string, string>>

  /** Where requests may go, as `name` or `name:port` (443 when none is said); templates of `{{with.x}}`. An address that leads anywhere else is refused. */
  readonly hosts: readonly string[]
  /** What the addresses of the steps are relative to, such as `https://api.example.com`, without a path. A template of `{{with.x}}`. One of `hosts`. */
  readonly origin: string
  /**
   * Networks, such as `10.1.0.0/16`, that a host may be in although they are not public. Every other address that is not public is refused after the name was resolved;
   * always are link-local addresses (169.254.0.0/16, fe80::/10) and those where clouds tell machines their credentials (fd00:ec2::/32, 168.63.129.16), also behind NAT64.
   */
  readonly allowAddresses?: readonly string[]
  /** PEM of the authorities that may have signed the provider's certificate. Absent: those that Node.js trusts. */
  readonly ca?: string

  /** How many keys the account may have at once. A provider with one cannot be rotated without a gap, and is refused. */
  readonly keys: number
  /** How every step but `whoami` authenticates. Placeholders: admin. */
  readonly admin: Authentication
  /** How the key itself authenticates, in `whoami`. Placeholder: key. */
  readonly key: KeyAuthentication

  /**
   * Where an answer of a 2xx status says that the request failed all the same: anything there but nothing, null, false, zero, or an empty text or list is a failure.
   * Of every step.
   */
  readonly failure?: string
  /** What every answer that is not empty must hold, such as `{"pointer": "/success", "equals": true}`. Of every step. */
  readonly success?: Expectation
  /** How instants are written: ISO 8601 with a time zone (the default), or seconds or milliseconds since the epoch. */
  readonly times?: 'iso' | 'seconds' | 'milliseconds'
  /** At most so many calls in so many seconds, from one function. Absent: no limit. What other functions ask is limited by the provider (429). */
  readonly rate?: { readonly calls: number; readonly seconds: number }
  /** Of one answer and of one call, the name's resolution and TLS included. Defaults: 262,144 bytes and 5,000 ms; at most 4,194,304 and 30,000. */
  readonly limits?: { readonly bytes?: number; readonly milliseconds?: number }

  /** Makes a key; its answer holds it. Asked again only where none was made: after 429, and after 401 with the admin secret read anew; never when the answer is lost. */
  readonly create: CreateStep
  /** Tells of every key of the account. */
  readonly list: ListStep
  /** Tells of one key; what `copy` of other steps is taken from. */
  readonly describe?: Step
  /** Uses the key itself for something that every key may do and that changes nothing. */
  readonly whoami: WhoamiStep
  /** Takes a key out of use so that `enable` can put it back. Both or neither; they ask for `list.expect.active`. */
  readonly disable?: CopyingStep
  readonly enable?: CopyingStep
  /** Tells when a key was last used. Absent: the provider does not tell. */
  readonly lastUsed?: LastUsedStep
  /** Deletes a key for good. An answer of 404 or 410 says that it is gone, which is what was asked for; the list, which is looked at before and after, must agree. */
  readonly remove: Step
}

export interface Authentication {
  /** Header to template, such as `{"authorization": "Bearer {{admin.token}}"}`. */
  readonly headers?: Readonly<Record<string, string>>
  /** HTTP's own Basic authentication, of two templates. */
  readonly basic?: { readonly user: string; readonly password: string }
}

export interface KeyAuthentication extends Authentication {
  /** What a key begins with, where it shows its own id and where that ends, such as `SG.{{keyId}}.`. A secret whose key and id do not go together is refused. */
  readonly begins?: string
}

/**
 * `create`, `disable`, `enable` and `remove` change something, and never are a GET; the others look, and are a GET or a POST. Every step that is about one key says which, by
 * `{{keyId}}` in its address or its body; `create` and `whoami` need not.
 */
export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** A template: a path that begins with `/`, relative to `origin`, or an address that begins with `https://`, of one of `hosts`. */
  readonly url: string
  /** Sent as JSON. Every text in it is a template; names of fields are not. */
  readonly body?: Json
}

export interface CopyingStep extends Step {
  /**
   * Pointer into the body to pointer into the answer of `describe`: what is copied from the key's description as it is. In `create` it is the current key's, so that the new key
   * has the same rights. What the description does not hold is an error: a key that is made without its rights may have all of them.
   */
  readonly copy?: Copies
  /** Likewise; what the description does not hold, or holds as null, is left out. */
  readonly copyIfAny?: Copies
}

/** Of several pointers the first counts that leads to something. */
export type Copies = Readonly<Record<string, string | readonly string[]>>

export interface CreateStep extends CopyingStep {
  readonly expect: { readonly key: string; readonly id: string }
  /** Statuses that say that the account has no room for another key: 4xx, but for 401, 408, 425 and 429. Default: none, so that it is any other refusal. */
  readonly full?: readonly number[]
}

export interface ListStep extends Step {
  readonly expect: {
    /** The list. The pointers below are into one of its items. */
    readonly items: string
    readonly id: string
    /** The name that `create` gave. By it a key is known to be a certain secret's. */
    readonly name: string
    readonly created?: string
    /** Absent: every key that is listed works. */
    readonly active?: Expectation
  }
  /** Absent: one answer holds every key. */
  readonly paging?: Paging
}

export type Paging =
  /** The answer holds the address of the next page, as a path or as a whole address, or null or nothing on the last one. */
  | { readonly next: string }
  /** The pages are numbered from 1 in this parameter of the query; the answer holds how many keys there are on all of them, the same on each. */
  | { readonly parameter: string; readonly total: string }

export interface WhoamiStep extends Step {
  /** Statuses that say that the provider does not know the key: 4xx, but for 408, 425 and 429. Default: 401. Any other that is not 2xx is an error, and nothing is concluded from it. */
  readonly refused?: readonly number[]
  readonly expect?: {
    /** Whose key it is, in up to 200 characters: the same for every key of the account, another one for those of another. Never the key itself. Absent: nothing is compared. */
    readonly as?: string
    /** The id of the very key. A secret whose key and id do not go together is refused. */
    readonly keyId?: string
    /** What the key may do, in any form; the order of a list of texts does not count. Never the key itself. Absent: nothing is compared. */
    readonly rights?: string
    /** Absent: an answer of a 2xx status says that the key works. */
    readonly active?: Expectation
  }
}

export interface LastUsedStep extends Step {
  readonly expect: {
    /** The instant; null says that the key was never used. Where there is nothing at all, nothing is known. */
    readonly at: string
    /** By what it was used, in the provider's words. */
    readonly by?: string
    /** From where. */
    readonly from?: string
  }
}

/** What a pointer must hold: exactly this. */
export interface Expectation {
  readonly pointer: string
  readonly equals: string | number | boolean
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json }
