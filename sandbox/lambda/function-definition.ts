/** What a function's configuration and code are to Lambda. */
export interface FunctionDefinition {
  readonly name: string
  /** Path of the bundle, a CommonJS file. Its folder is the function's task root. */
  readonly bundle: string
  /** File and export, such as `index.handler`. */
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly memoryMb: number
  /** Name of the log group that its output goes to. Default `/aws/lambda/` and its name. */
  readonly logGroup?: string
}

/** Where the output of a function goes. */
export function logGroupOf({ name, logGroup }: Pick<FunctionDefinition, 'name' | 'logGroup'>): string {
  return logGroup ?? `/aws/lambda/${name}`
}

/** How an invocation ended: with the handler's result, or with what Lambda reports as the function's error. */
export type Outcome =
  | { readonly ok: true; readonly payload: unknown }
  | {
      readonly ok: false
      readonly errorType: string
      readonly errorMessage: string
      readonly trace?: readonly string[]
    }
