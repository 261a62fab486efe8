// One step on the way to a draft: made again while trouble passes, as far as that can do no harm.
import type { Refusal } from '../core/outcome.ts';
import type { Clock } from '../relay/ports.ts';
import type { Answer } from './exchange.ts';
import { readGraphError } from './graph-error.ts';
import type { GraphResult } from './http.ts';
import { outcomeOf, outcomeOfStep } from './outcome.ts';
import { isPassing, type Retries } from './retries.ts';

export interface StepContext {
  readonly clock: Clock;
  readonly retries: Retries;
  /** Of the delivery, from 1. */
  readonly attempt: number;
}

export interface StepRefused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  /** Absent when no request was made. */
  readonly result?: GraphResult;
}

export type Step =
  | { readonly kind: 'done'; readonly answer: Answer }
  | (StepRefused & { readonly result: GraphResult });

export interface StepOptions extends StepContext {
  readonly send: () => Promise<GraphResult>;
  readonly isDone: (status: number) => boolean;
  /** To carry it out twice does no harm, so that it may go again even where no answer came. */
  readonly isIdempotent: boolean;
}

export async function takeStep(options: StepOptions): Promise<Step> {
  const { send, isDone, isIdempotent, retries } = options;
  for (;;) {
    const result = await send();
    if (result.kind === 'answer' && isDone(result.status)) {
      retries.succeeded();
      return { kind: 'done', answer: result };
    }
    const refused = toRefused(result, options);
    const mayGoAgain = isIdempotent || !mayBeCarriedOut(result, options);
    if (!mayGoAgain || !isPassing(refused.refusal)) return refused;
    if (!(await retries.allow(refused.refusal))) return refused;
  }
}

export function toRefused(
  result: GraphResult,
  context: Pick<StepContext, 'attempt' | 'clock'>,
): StepRefused & { readonly result: GraphResult } {
  const refusal = outcomeOfStep(result, { now: context.clock.now(), attempt: context.attempt });
  return { kind: 'refused', refusal, result };
}

/** Graph has the request, and did not say what became of it. */
export function mayBeCarriedOut(result: GraphResult, { clock, attempt }: StepContext): boolean {
  return outcomeOf(result, { now: clock.now(), attempt }).kind === 'unsure';
}

export function isStatus(result: GraphResult | undefined, ...statuses: readonly number[]): boolean {
  return result?.kind === 'answer' && statuses.includes(result.status);
}

export function hasCode(result: GraphResult | undefined, code: string): boolean {
  return result?.kind === 'answer' && readGraphError(result.json).codes.includes(code);
}
