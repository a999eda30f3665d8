import { randomUUID } from 'node:crypto'

/** An error as AWS's query services answer it (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html). */
export class QueryError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
  }
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'

/** `<ActionResponse>` with its result's members in XML. */
export function answerXml(action: string, result: Readonly<Record<string, string>>): string {
  return (
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${elements(result)}</${action}Result>` +
    `<ResponseMetadata>${elements({ RequestId: randomUUID() })}</ResponseMetadata></${action}Response>`
  )
}

export function errorXml({ code, message, status }: QueryError): string {
  const type = status < 500 ? 'Sender' : 'Receiver'
  return (
    `<ErrorResponse xmlns="${NAMESPACE}"><Error>${elements({ Type: type, Code: code, Message: message })}</Error>` +
    `${elements({ RequestId: randomUUID() })}</ErrorResponse>`
  )
}

function elements(members: Readonly<Record<string, string>>): string {
  return Object.entries(members)
    .map(([name, text]) => `<${name}>${escaped(text)}</${name}>`)
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
