/** What Amazon ECS says of a service. Times in milliseconds since the epoch. */
export interface EcsService {
  /** What brings its tasks about: `ECS`, `CODE_DEPLOY` or `EXTERNAL`. */
  readonly controller: string
  readonly desiredCount: number
  /** A deployment that ECS has taken up and that is not over, as the service itself tells of it; undefined when there is none. */
  readonly takenUp: { readonly createdAt: number } | undefined
  /** Why what the service is to run did not come up, in words of ECS, where it has given that up and nothing took its place; undefined otherwise. */
  readonly givenUp: string | undefined
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html */
export interface EcsDeployment {
  readonly arn: string
  /** `SUCCESSFUL` and the like. One that is not known here is no end of a deployment. */
  readonly status: string
  readonly reason: string | undefined
  readonly createdAt: number
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
export interface EcsTask {
  readonly lastStatus: string
  /** `RUNNING`, or `STOPPED` for one that is to end. */
  readonly desiredStatus: string
  /** Undefined: nobody knows. */
  readonly createdAt: number | undefined
  /** Undefined while it has not been running. */
  readonly startedAt: number | undefined
}

/** Every method rejects with OverlapError. `cluster` and `service` are names. */
export interface EcsServices {
  /** Rejects with `ECS_FAILED` for one that does not exist, or does not any more. */
  service(cluster: string, service: string): Promise<EcsService>
  /** Those that were created at this time or later, and of older ones those that are not over. In any order. */
  deployments(cluster: string, service: string, since: number): Promise<readonly EcsDeployment[]>
  /** Every task of the service, also those that are to end or have ended lately. */
  tasks(cluster: string, service: string): Promise<readonly EcsTask[]>
  /**
   * Replaces every task by the service's own rules, and leaves its task definition as it is. What that leaves open is resolved anew, as for every deployment: a tag of an image to the image
   * that it names now, and the platform version LATEST of Fargate.
   */
  forceDeployment(cluster: string, service: string): Promise<void>
}
