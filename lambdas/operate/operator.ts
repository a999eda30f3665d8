import { acknowledge } from './acknowledge.ts'
import { check } from './check.ts'
import { hold, release } from './hold.ts'
import { leave } from './leave.ts'
import { provision } from './provision.ts'
import { repair } from './repair.ts'
import { retireDespite } from './retire-despite.ts'
import { rollback } from './rollback.ts'

/** What whoever may invoke the operate function does. */
export const operatorActions = {
  check,
  provision,
  hold,
  release,
  leave,
  rollback,
  retire: retireDespite,
  repair,
  acknowledge,
}
