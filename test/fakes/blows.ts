import { type Blow, blows, type Strike } from './process.ts'

export interface Counting extends Strike {
  /** How many calls there were. */
  calls(): number
}

/** Strikes the k-th call, counted from 1. */
export function at(k: number, blow: Blow): Counting {
  let calls = 0
  const strike = () => {
    calls += 1
    return calls === k ? blow : undefined
  }
  return Object.assign(strike, { calls: () => calls })
}

/** To be killed before a call is to be killed after the one before it. */
export function blowsOn(k: number): readonly Blow[] {
  return k === 1 ? blows : blows.filter((blow) => blow !== 'killed before')
}
