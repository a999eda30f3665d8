/**
 * Milliseconds that a header Retry-After asks for: whole seconds, or a date of HTTP (RFC 9110, section 10.2.3). Undefined: it says nothing that is understood. `now` in ms
 * since the epoch.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
