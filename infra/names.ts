import { createHash } from 'node:crypto'
import { ArnFormat, type Stack } from 'aws-cdk-lib'
import { expecting, found, type Problem, refuse } from './checks/problems.ts'
import type { HandlerName } from './function-settings.ts'
import type { Kind } from './kinds.ts'

export const DEFAULT_DEPLOYMENT_NAME = 'overlap'

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const MAX_FUNCTION_NAME = 64
const nameForm = /^[A-Za-z][A-Za-z0-9-]*$/

type InPlace = `${'rotate' | 'retire'}-${Kind}`
/** Of a name that stands for a longer one. */
const DIGEST_LENGTH = 8

/**
 * Names of a deployment's parts. They are fixed, so that another stack can write down an ARN: no stack exports anything, and a role may name a function before
 * there is one.
 */
export class Names {
  readonly deployment: string

  /** Throws `NAME_INVALID`. */
  constructor(deployment: string) {
    refuse(deploymentNameProblems(`deployment ${deployment}`, deployment))
    this.deployment = deployment
  }

  /** Of a function that a deployment has once: `overlap-sweep`, `overlap-adopt-2`. */
  of(part: Exclude<HandlerName, InPlace | 'rollout-kubernetes'> | 'adopt-provider', number = 1): string {
    return [this.deployment, part, ...(number === 1 ? [] : [number])].join('-')
  }

  /** Of a function that serves one network, or whatever else is rotated in: `overlap-rotate-postgres-main`. */
  inPlace(handler: InPlace, place: string): string {
    return `${this.deployment}-${handler}-${place}`
  }

  /** Of the function for a Kubernetes cluster: `overlap-rollout-kubernetes-shop`. A name of EKS may have 100 characters, so the end of a long one is a digest of it. */
  ofCluster(cluster: string): string {
    const whole = `${this.deployment}-rollout-kubernetes-${cluster}`
    if (whole.length <= MAX_FUNCTION_NAME) return whole
    const digest = createHash('sha256').update(cluster).digest('hex').slice(0, DIGEST_LENGTH)
    return `${whole.slice(0, MAX_FUNCTION_NAME - DIGEST_LENGTH - 1)}-${digest}`
  }
}

/** `subject` says whose it is. */
export function deploymentNameProblems(subject: string, deployment: string): Problem[] {
  return nameProblems(subject, 'deploymentName', deployment, `${deployment}-adopt-provider-2`)
}

/** A network's name, or that of whatever else is rotated in, is the end of its functions' names. */
export function placeNameProblems(subject: string, deployment: string, kind: Kind, place: string): Problem[] {
  return nameProblems(subject, 'name', place, `${deployment}-retire-${kind}-${place}`)
}

/** Of a cluster, as EKS takes them: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html */
export function clusterNameProblems(subject: string, deployment: string, cluster: string): Problem[] {
  const expect = expecting(subject)
  const shortest = `${deployment}-rollout-kubernetes-${'x'.repeat(DIGEST_LENGTH)}`
  return [
    ...expect(
      /^[A-Za-z0-9][\w-]{0,99}$/.test(cluster),
      'NAME_INVALID',
      'name',
      `must be that of a cluster in Amazon EKS, at most 100 letters, digits, "-" and "_"; ${found(cluster)}`,
    ),
    ...expect(
      shortest.length <= MAX_FUNCTION_NAME,
      'NAME_INVALID',
      'deploymentName',
      `is too long for a deployment with clusters: Lambda allows ${MAX_FUNCTION_NAME} characters, and the function ${shortest} would have ${shortest.length}`,
    ),
  ]
}

function nameProblems(subject: string, field: string, name: string, longest: string): Problem[] {
  const expect = expecting(subject)
  return [
    ...expect(
      nameForm.test(name),
      'NAME_INVALID',
      field,
      `must begin with a letter and consist of letters, digits and "-"; ${found(name)}`,
    ),
    ...expect(
      longest.length <= MAX_FUNCTION_NAME,
      'NAME_INVALID',
      field,
      `is too long: Lambda allows ${MAX_FUNCTION_NAME} characters, and the function ${longest} would have ${longest.length}`,
    ),
  ]
}

/** The name of an environment or a database, which is a part of a stack's name. */
export function stackPartProblems(subject: string, name: string): Problem[] {
  return expecting(subject)(
    /^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/.test(name),
    'NAME_INVALID',
    'name',
    `must be at most 50 letters, digits and "-", since a stack is called after it; ${found(name)}`,
  )
}

/** Built from the fixed name rather than taken from the resource, so that roles, functions and stacks do not wait for each other. */
export function functionArn(stack: Stack, functionName: string): string {
  return stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
