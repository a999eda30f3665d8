import { Stack } from 'aws-cdk-lib'
import { type ISecurityGroup, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { refuse } from './checks/problems.ts'
import { useExistingEgress } from './egress.ts'
import { clusterNameProblems } from './names.ts'
import type { OverlapNetwork } from './network.ts'
import { OverlapFunction } from './overlap-function.ts'

export interface KubernetesClusterProps {
  /** In Amazon EKS, in this account and Region. */
  readonly clusterName: string
  /**
   * The cluster's, which then lets the function in.
   * @default none: a rule for the function's security group is yours to add, unless the API server is public
   */
  readonly securityGroup?: ISecurityGroup
}

/**
 * The function that restarts workloads of one cluster, in the network from which its API server is reached. What it may do in there, an access entry of the cluster says, for the
 * function's role (docs/kubernetes.md): https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
 */
export class KubernetesCluster extends Construct {
  readonly clusterName: string
  readonly rollout: OverlapFunction

  /** Throws `NAME_INVALID`. */
  constructor(network: OverlapNetwork, id: string, { clusterName, securityGroup }: KubernetesClusterProps) {
    super(network, id)
    this.clusterName = clusterName
    const { overlap, place } = network
    const { deployment } = overlap.names
    refuse(clusterNameProblems(`cluster ${clusterName}`, deployment, clusterName))
    const own =
      place &&
      new SecurityGroup(this, 'SecurityGroup', {
        vpc: place.vpc,
        description: 'Rollout function of Overlap',
        allowAllOutbound: false,
      })
    // To the API server and, where nothing else is said, to AWS.
    if (own) useExistingEgress(own)
    if (securityGroup) own?.connections.allowTo(securityGroup, Port.tcp(443), 'Rollouts of Overlap')
    this.rollout = new OverlapFunction(this, 'rollout-kubernetes', {
      ...overlap.functionOptions,
      handler: 'rollout-kubernetes',
      functionName: overlap.names.ofCluster(clusterName),
      environment: { OVERLAP_CLUSTER: clusterName },
      ...(place && own && { placement: { ...place, securityGroup: own } }),
    })
    const stack = Stack.of(this)
    this.rollout.allow(
      new PolicyStatement({
        sid: 'FindCluster',
        actions: ['eks:DescribeCluster'],
        resources: [stack.formatArn({ service: 'eks', resource: 'cluster', resourceName: clusterName })],
      }),
    )
    if (own) network.reachEks(this.rollout, own)
  }
}
