/** Where and when the company is. */
export interface CompanyPlace {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly region: string
  readonly accountId: string
}
