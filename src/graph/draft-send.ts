// The end of a draft: sent, or removed; and what may have been sent is found out from the draft itself.
import { delivered, unsure, type Delivered, type Outcome, type Refusal } from '../core/outcome.ts';
import type { DraftMemory } from './draft-memory.ts';
import { deleteDraft, postSend, readState, type DraftContext } from './draft-requests.ts';
import { outcomeOf } from './outcome.ts';
import { isPassing } from './retries.ts';
import { isStatus } from './step.ts';

export interface DraftEndContext extends DraftContext {
  readonly memory: DraftMemory;
}

/**
 * Sends the draft. Where `send` may have been carried out, the draft itself tells: it is gone, or no draft any more,
 * when it was sent. While that cannot be asked, or the draft still stands, the draft is left for the next look.
 */
export async function sendDraft(id: string, options: DraftEndContext): Promise<Outcome> {
  const { clock, memory, retries, submission } = options;
  let maySent = memory.of(submission.deliveryId)?.maySent ?? false;
  for (;;) {
    const result = await postSend(id, options);
    const outcome = outcomeOf(result, { now: clock.now(), attempt: submission.attempt });
    if (outcome.kind === 'delivered') return sent(outcome, options);
    maySent ||= outcome.kind === 'unsure' || isStatus(result, 500, 503);
    if (maySent) {
      memory.keep(submission.deliveryId, { id, maySent });
      const state = isStatus(result, 404) ? 'gone' : await readState(id, options);
      if (state === 'sent' || state === 'gone') return sent(delivered('2.0.0'), options);
      if (state === 'unknown') return unsureBecause(outcome);
    }
    if (outcome.kind === 'unsure') return outcome;
    if (isPassing(outcome) && (await retries.allow(outcome))) continue;
    await dropDraft(id, { ...options, cause: outcome });
    return outcome;
  }
}

export function sent(outcome: Outcome, { memory, submission }: DraftEndContext): Outcome {
  memory.forget(submission.deliveryId);
  return outcome;
}

function unsureBecause(outcome: Exclude<Outcome, Delivered>): Outcome {
  if (outcome.kind === 'unsure') return outcome;
  return unsure('4.3.2', {
    reason: outcome.reason,
    diagnostic: `The draft may have been sent, and cannot be looked at: ${outcome.diagnostic}`,
    ...(outcome.remote && { remote: outcome.remote }),
  });
}

/** While Graph asks for a pause, the draft stays where it is: the next attempt begins with its removal. */
export async function dropDraft(
  id: string,
  { cause, ...options }: DraftEndContext & { readonly cause: Refusal },
): Promise<void> {
  const { memory, submission } = options;
  if (cause.reason !== 'throttled') await removeDraft(id, options);
  else memory.keep(submission.deliveryId, { id, maySent: false });
}

/** A request on its own, for the caller may want no more of the attempt; so it has little time. */
export async function removeDraft(id: string, options: DraftEndContext): Promise<boolean> {
  const { memory, signal, submission } = options;
  const deadlineMs = signal.aborted ? cutRemovalMs : removalMs;
  const alone = { ...options, signal: new AbortController().signal };
  const isGone = await deleteDraft(id, alone, deadlineMs);
  if (isGone) memory.forget(submission.deliveryId);
  else memory.keep(submission.deliveryId, { id, maySent: false });
  return isGone;
}

const removalMs = 10_000;
/** While the gateway stops. */
const cutRemovalMs = 2_000;
