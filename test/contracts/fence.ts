import { expect } from 'vitest'
import type { Fence } from '../../lambdas/adapters/adapter.ts'

export const passes = async () => {}

export function fence(
  versionId: string,
  currentVersionId: string,
  check: () => Promise<void> = passes,
): Fence {
  return { versionId, currentVersionId, check }
}

export const refusal = (code: string) => expect.objectContaining({ name: code, code })
