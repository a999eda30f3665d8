import { type Gauge, gauge, type Telemetry } from '../rotation/observed.ts'
import type { Figures, FleetFigures } from './figures.ts'

/**
 * The figures as metrics: of all secrets, and of each owner that the deployment declares, in dimension `owner`. Each is one more metric to pay for, $0.30 a month
 * (https://aws.amazon.com/cloudwatch/pricing/), so there is none for a secret, and none for an owner that only a tag names.
 * `unmanaged`: how many secrets neither Overlap nor AWS rotates.
 */
export function publishFigures(
  telemetry: Telemetry,
  { total, owners }: FleetFigures,
  unmanaged: number,
): void {
  const each = (figures: Figures, dimensions?: { owner: string }) => {
    for (const [name, value] of gaugesOf(figures))
      if (value !== undefined) gauge(telemetry, name, value, dimensions)
  }
  each(total)
  gauge(telemetry, 'Unowned', total.unowned)
  gauge(telemetry, 'Unmanaged', unmanaged)
  for (const [owner, figures] of owners) each(figures, { owner })
}

function gaugesOf(figures: Figures): readonly (readonly [name: Gauge, value: number | undefined])[] {
  return [
    ['Stale', figures.stale],
    ['Due', figures.due],
    ['NeverRotated', figures.neverRotated],
    ['Blocked', figures.blocked],
    ['OldestAgeDays', figures.oldestAgeDays],
  ]
}
