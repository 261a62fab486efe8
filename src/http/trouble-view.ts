// What went wrong, taken apart: the sentence, what mends it, and the codes that Microsoft knows it by.
import { readDiagnostic } from './diagnostic.ts';
import type { BadOutcome } from './connection-memory.ts';
import type { TroubleView } from './schema/values.ts';
import { isoTime } from './time-text.ts';

export interface TroubleOptions {
  /** Epoch ms. */
  readonly at: number;
  /** What mends it, where the diagnostic does not say. */
  readonly remedy?: string | undefined;
}

export function viewTrouble(outcome: BadOutcome, options: TroubleOptions): TroubleView {
  const { problem, code: codeInWords, detail, ...said } = readDiagnostic(outcome.diagnostic);
  const remedy = options.remedy ?? said.remedy;
  const { httpStatus, requestId, code = codeInWords } = outcome.remote ?? {};
  return {
    at: isoTime(options.at),
    reason: outcome.reason,
    problem,
    ...(remedy !== undefined && { remedy }),
    ...(code !== undefined && { code }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(requestId !== undefined && { requestId }),
    ...(detail !== undefined && { detail }),
  };
}
