import type { HttpProvider } from '../provider.ts'
import { cloudflare } from './cloudflare.ts'
import { sendgrid } from './sendgrid.ts'

/** Definitions that a deployment names in place of writing one. */
export const ready: Readonly<Record<string, HttpProvider>> = { cloudflare, sendgrid }
