import type { Spread } from './percentiles.ts'

/** Everything that a run of the benchmark found. Times in milliseconds, sizes in bytes. */
export interface Figures {
  /** ISO 8601. */
  readonly date: string
  readonly machine: {
    readonly node: string
    readonly postgres: string
    readonly platform: string
    readonly arch: string
    readonly processors: number
    readonly processor: string
    /** Of the minute before: what else the machine was doing. */
    readonly loadAverage: number
  }
  readonly warm: Rotations
  readonly cold: Rotations
  /** Of one rotation, counted by the server. */
  readonly sql: { readonly messages: Range; readonly statements: Range }
  /** Function to the time from the process's start to its first request for an invocation. */
  readonly init: Readonly<Record<string, Spread>>
  readonly bundles: Readonly<Record<string, Bundle>>
}

export interface Rotations {
  /** From the first step's invocation to the last step's answer. */
  readonly time: Spread
  /** As the caller of RotateSecret sees it. */
  readonly wallTime: Spread
  readonly stepTime: Readonly<Record<string, Spread>>
  /** Of Secrets Manager, by the rotation function. */
  readonly calls: Range
  /** Step to operation to calls, of the last rotation. */
  readonly stepCalls: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly connections: Range
  readonly failedLogins: Range
}

export interface Bundle {
  /** index.js, which every cold start loads. */
  readonly bytes: number
  /** With what is loaded on demand. */
  readonly totalBytes: number
}

/** A count that is the same in every rotation has two equal ends. */
export interface Range {
  readonly min: number
  readonly max: number
}

export function range(counts: readonly number[]): Range {
  return { min: Math.min(...counts), max: Math.max(...counts) }
}
