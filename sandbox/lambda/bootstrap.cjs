'use strict'
// What Lambda's Node.js runtime does: load the handler, then ask the Runtime API for one invocation after another.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const http = require('node:http')
const path = require('node:path')
const { inspect } = require('node:util')
const { shiftDate } = require('./shifted-date.cjs')

const { argv, env } = process
shiftDate(Number(argv[2]))
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

/** Never rejects: without its Runtime API a function has nobody to answer, so it ends. */
function call(method, resource, body) {
  const gone = () => process.exit(1)
  return new Promise((resolve) => {
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${resource}` })
    request.on('error', gone).on('response', (response) => {
      const chunks = []
      response.on('error', gone).on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }))
    })
    request.end(body)
  })
}

/** The runtime writes the whole error to the function's log, whatever it holds, and reports these three fields of it. */
function report(error, what) {
  process.stderr.write(`${new Date().toISOString()}\t${what}\t${inspect(error)}\n`)
  const {
    name: errorType,
    message: errorMessage,
    stack,
  } = error instanceof Error ? error : { name: typeof error, message: String(error) }
  return JSON.stringify({ errorType, errorMessage, trace: stack?.split('\n') ?? [] })
}

function loadHandler() {
  const [file, name] = env._HANDLER.split('.')
  const handler = require(path.join(env.LAMBDA_TASK_ROOT, file))[name]
  if (typeof handler === 'function') return handler
  throw Object.assign(new Error(`${env._HANDLER} is undefined or not exported`), {
    name: 'Runtime.HandlerNotFound',
  })
}

function contextOf(headers) {
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Number(headers['lambda-runtime-deadline-ms']) - Date.now(),
  }
}

async function run() {
  let handler
  try {
    handler = loadHandler()
  } catch (error) {
    await call('POST', 'init/error', report(error, 'Init Error'))
    process.exit(1)
  }
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next')
    // Lambda has no such header: the sandbox's clock may have been moved since the last invocation.
    shiftDate(Number(headers['sandbox-clock-offset-ms']))
    const context = contextOf(headers)
    const invocation = `invocation/${context.awsRequestId}`
    try {
      const result = JSON.stringify(await handler(JSON.parse(body), context)) ?? 'null'
      await call('POST', `${invocation}/response`, result)
    } catch (error) {
      await call('POST', `${invocation}/error`, report(error, `${context.awsRequestId}\tInvoke Error`))
    }
  }
}

void run()
