import { eksClient } from '../aws/eks-cluster.ts'
import { eksWorkloads } from '../aws/kubernetes-cluster.ts'
import { telemetry } from '../aws/telemetry.ts'
import { rolloutHandler } from '../rollout/handler.ts'
import { kubernetesRollout } from '../rollout/kubernetes.ts'
import { clusterVariable } from '../rollout/kubernetes-environment.ts'

const client = eksClient()
const cluster = clusterVariable(process.env)

export const handler = rolloutHandler({
  telemetry,
  rolloutsFor: (signal) => ({
    kubernetes: kubernetesRollout(cluster, eksWorkloads({ client, cluster, signal, now: Date.now })),
  }),
})
