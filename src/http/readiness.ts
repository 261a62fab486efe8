// Whether the gateway can accept mail: what the readiness probe, the status page and the API say.

export interface Readiness {
  readonly ok: boolean;
  /** One sentence each; empty when `ok`. */
  readonly reasons: readonly string[];
}

/** Never because Graph is away: stored mail waits for it. */
export type CheckReadiness = () => Readiness | Promise<Readiness>;

/** As `check`; where that throws, not ready. */
export async function readinessOf(check: CheckReadiness): Promise<Readiness> {
  try {
    return await check();
  } catch {
    return { ok: false, reasons: ['The state of the gateway cannot be told'] };
  }
}
