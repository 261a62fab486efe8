// How near a credential is to its end: operators are told when a step is reached.

const dayMs = 86_400_000;

/** Days before the end at which it is told; 0: it is over. */
export const expirySteps = [60, 30, 7, 1, 0] as const;

export type ExpiryStep = (typeof expirySteps)[number];

/** The narrowest step that is reached; undefined: it is far. Both times are epoch ms. */
export function expiryStep(expiresAt: number, now: number): ExpiryStep | undefined {
  return expirySteps.findLast((days) => now >= expiresAt - days * dayMs);
}
