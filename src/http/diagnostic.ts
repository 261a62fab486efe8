// The parts of a diagnostic of the outcome tables: what is wrong, Microsoft's code, and what mends it.

export interface DiagnosticParts {
  /** One sentence, without a full stop. */
  readonly problem: string;
  /** Microsoft's code for it, an HTTP status, or the name of a network error. */
  readonly code?: string;
  /** What to do, as an order in lower case. */
  readonly remedy?: string;
  /** What Microsoft itself says, or the cause. */
  readonly detail?: string;
}

/** As `graph/outcome.ts` writes it: `problem (code): remedy. Microsoft says: detail`. */
const form =
  /^(?<problem>.+?) \((?<code>[^()]+)\): (?<remedy>.+?)(?:\. (?:Microsoft says|Cause): (?<detail>.*))?$/s;

/** A diagnostic of another form is all problem. */
export function readDiagnostic(diagnostic: string): DiagnosticParts {
  const { problem, code, remedy, detail } = form.exec(diagnostic)?.groups ?? {};
  if (problem === undefined || code === undefined || remedy === undefined) {
    return { problem: diagnostic };
  }
  return { problem, code, remedy, ...(detail !== undefined && { detail }) };
}
