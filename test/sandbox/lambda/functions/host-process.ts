import { startLambdaHost } from '../../../../sandbox/lambda/host.ts'

/** A host with an idle, a busy, a waiting and a stopped instance, which prints their process ids and stays until it is killed. */
const [bundle = ''] = process.argv.slice(2)
const host = await startLambdaHost()
const register = (name: string) =>
  host.register({
    name,
    bundle,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 900,
    memoryMb: 128,
  })

for (const name of ['idle', 'busy', 'waiting', 'stopped']) {
  register(name)
  await host.invoke(name, { do: 'echo' })
}
void host.invoke('busy', { do: 'spin' })
void host.invoke('waiting', { do: 'hang' })
for (const pid of host.pids('stopped')) process.kill(pid, 'SIGSTOP')
console.log(JSON.stringify(['idle', 'busy', 'waiting', 'stopped'].flatMap((name) => host.pids(name))))
