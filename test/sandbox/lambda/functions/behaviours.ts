import type { Context } from 'aws-lambda'

/** What the function of the host's tests is asked to do. */
export type Behaviour =
  | { do: 'echo' | 'environment' | 'context' | 'hang' | 'spin' | 'unhandled rejection' | 'nothing' }
  | { do: 'exit'; status: number }
  | { do: 'throw'; name: string; message: string }
  | { do: 'throw text' }
  | { do: 'log'; lines: string[] }
  | { do: 'meet'; at: string }
  | { do: 'answer for'; requestId: string }

let invocations = 0

export async function handler(event: Behaviour, context: Context): Promise<unknown> {
  invocations += 1
  switch (event.do) {
    case 'echo':
      return { event, invocations, pid: process.pid }
    case 'environment':
      return { environment: process.env, arguments: process.execArgv, directory: process.cwd() }
    case 'context':
      return { ...context, remaining: context.getRemainingTimeInMillis() }
    case 'hang':
      return new Promise((resolve) => setTimeout(resolve, 3_600_000))
    case 'spin':
      for (;;);
    case 'unhandled rejection':
      void Promise.reject(new Error('nobody awaits this'))
      return new Promise((resolve) => setTimeout(resolve, 3_600_000))
    case 'exit':
      return process.exit(event.status)
    case 'throw':
      throw Object.assign(new Error(event.message, { cause: new Error('the cause') }), { name: event.name })
    case 'throw text':
      throw 'only text'
    case 'log':
      console.log(event.lines.join('\n'))
      console.error('to stderr')
      process.stdout.write('no line end')
      return null
    case 'meet':
      return (await fetch(event.at)).status
    case 'answer for': {
      const invocation = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${event.requestId}`
      return (await fetch(`${invocation}/response`, { method: 'POST', body: '"forged"' })).status
    }
    case 'nothing':
      return undefined
  }
}
