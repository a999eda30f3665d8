'use strict'
// Moves the wall clock of this process: `Date` and nothing else. performance.now, timers and the validity of certificates stay real.
const RealDate = Date
let offset = 0

const now = () => RealDate.now() + offset

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name) => (name === 'now' ? now : target[name]),
})
RealDate.prototype.constructor = globalThis.Date

/** `milliseconds` by which `Date` is ahead of real time from here on. */
exports.shiftDate = (milliseconds) => {
  offset = milliseconds
}
