import { expect, it } from 'vitest'
import { type Instance, seedConsumers } from '../../sandbox/consumers.ts'
import config from '../../sandbox/overlap.config.ts'

function seeded() {
  const heard: (readonly [string, Instance])[] = []
  const starts: (() => void)[] = []
  seedConsumers(
    {
      ecs: {
        seed: ({ onTaskStarted, onTaskStopped }) =>
          void starts.push(
            () => onTaskStarted?.('t1'),
            () => onTaskStopped?.('t1'),
          ),
      },
      kubernetes: {
        seed({ namespace, name, onPodStarted, onPodStopped }) {
          const pod = { namespace, name: 'search-1', workload: name, annotations: {} }
          starts.push(
            () => onPodStarted?.(pod),
            () => onPodStopped?.(pod),
          )
          return undefined as never
        },
      },
      lambda: {
        managed: {
          seed: ({ onStarted }) =>
            void starts.push(
              () => onStarted?.('$LATEST'),
              () => onStarted?.('$LATEST'),
            ),
        },
      },
    },
    { started: (one) => heard.push(['started', one]), stopped: (one) => heard.push(['stopped', one]) },
  )
  for (const start of starts) start()
  return heard
}

it('there is everyone whom the configuration declares, and whoever watches hears of each beginning and end', () => {
  const [app] = config.environments[0]?.databases.shop.secrets ?? []

  const heard = seeded()

  const consumers = app !== undefined && 'consumers' in app ? app.consumers : []
  expect(consumers).toHaveLength(4)
  for (const consumer of consumers) {
    const [first, ...further] = heard.filter(([, one]) => one.consumer === consumer)
    expect(first?.[0]).toBe('started')
    expect(further.find(([what]) => what === 'stopped')?.[1]).toEqual(first?.[1])
  }
})
