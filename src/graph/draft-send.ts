// The end of a draft: sent, or removed; and what may have been sent is asked after, never concluded.
import { createHash } from 'node:crypto';
import { delivered, unsure, type Delivered, type Outcome } from '../core/outcome.ts';
import type { DraftMemory, FilesProgress } from './draft-memory.ts';
import { deleteDraft, postSend, readState, type DraftContext } from './draft-requests.ts';
import type { GraphResult } from './http.ts';
import { findOwn } from './look-up.ts';
import { outcomeOf } from './outcome.ts';
import { isPassing } from './retries.ts';
import { isStatus, type StepRefused } from './step.ts';

export interface DraftEndContext extends DraftContext {
  readonly memory: DraftMemory;
}

/**
 * Sends the draft. Once `send` may have been carried out, this ends as delivered where a sent copy is found, and else
 * as unsure, whatever further tries are answered; the draft is left for the next look then.
 */
export async function sendDraft(id: string, options: DraftEndContext): Promise<Outcome> {
  const { clock, memory, outline, retries, submission } = options;
  let isDoubtful = false;
  for (;;) {
    const result = await postSend(id, options);
    const outcome = outcomeOf(result, { now: clock.now(), attempt: submission.attempt });
    if (outcome.kind === 'delivered') return sent(outcome, options);
    isDoubtful ||= mayHaveSent(result, outcome);
    if (isDoubtful) memory.keep(submission.deliveryId, { id, maySent: true });
    const mayGoAgain = isPassing(outcome) && (await retries.allow(outcome));
    if (isDoubtful || outcome.kind === 'unsure') {
      // Within a pause that Graph asks for, it cannot be asked what became of the draft.
      const fate = asksForPause(outcome) && !mayGoAgain ? 'unknown' : await fateOf(id, options);
      if (fate === 'sent') return sent(delivered('2.0.0'), options);
      if (fate !== 'draft' || !mayGoAgain) return unsureBecause(outcome);
    } else if (!mayGoAgain) {
      const cause = { kind: 'refused', refusal: outcome, result } as const;
      await dropDraft(id, { ...options, cause, progress: { attached: outline.files.length } });
      return outcome;
    }
  }
}

function asksForPause(outcome: Outcome): boolean {
  return (
    outcome.kind === 'deferred' &&
    (outcome.reason === 'throttled' || outcome.retryAfterMs !== undefined)
  );
}

/**
 * Whether a `send` may have been carried out although nobody said so. It has no body, so that it is whole as soon as
 * a connection takes it:
 * - no token, or no connection: it was never made.
 * - a reset or a timeout: before Exchange had it or after, nothing here can tell.
 * - 4xx: Exchange looked at it and refused. That holds for 404, too: the server may not have heard of the draft.
 * - 500, 502, 503, 504: who answered had given up on it, and what stood behind may have gone on all the same.
 */
function mayHaveSent(result: GraphResult, outcome: Outcome): boolean {
  return outcome.kind === 'unsure' || isStatus(result, 500, 502, 503, 504);
}

/** `missing`: neither the draft nor a sent copy is to be found. `unknown`: that could not be asked. */
export type DraftFate = 'sent' | 'draft' | 'missing' | 'unknown';

/**
 * What became of a draft. That its id is gone proves nothing: a user may have deleted it, another server of Exchange
 * may not know it yet, and one that was sent may have a new id. Only a message that is no draft any more does.
 */
export async function fateOf(id: string, options: DraftContext): Promise<DraftFate> {
  const state = await readState(id, options);
  if (state !== 'gone') return state;
  const found = await findOwn(options.submission, options);
  if ('kind' in found) return 'unknown';
  if (found.some(({ isDraft }) => !isDraft)) return 'sent';
  return found.some((message) => message.id === id) ? 'draft' : 'missing';
}

export function sent(outcome: Outcome, { memory, submission }: DraftEndContext): Outcome {
  memory.forget(submission.deliveryId);
  return outcome;
}

function unsureBecause(outcome: Exclude<Outcome, Delivered>): Outcome {
  if (outcome.kind === 'unsure') return outcome;
  return unsure('4.3.2', {
    reason: outcome.reason,
    diagnostic: `The draft may have been sent, and nothing proves that it was: ${outcome.diagnostic}`,
    ...(outcome.kind === 'deferred' &&
      outcome.retryAfterMs !== undefined && { retryAfterMs: outcome.retryAfterMs }),
    ...(outcome.remote && { remote: outcome.remote }),
  });
}

/**
 * While Graph asks for a pause, the draft stays where it is. The next attempt takes it up where 429 says that the last
 * request was not carried out; without that, a message of nearly all that Graph takes in five minutes would never pass.
 */
export async function dropDraft(
  id: string,
  options: DraftEndContext & { readonly cause: StepRefused; readonly progress: FilesProgress },
): Promise<void> {
  const { progress, cause, memory, submission } = options;
  if (isStatus(cause.result, 429) && !maySent(options)) {
    const fingerprint = fingerprintOf(options);
    memory.keep(submission.deliveryId, {
      id,
      maySent: false,
      progress: { ...progress, fingerprint },
    });
    return;
  }
  if (asksForPause(cause.refusal) || maySent(options)) keepDraft(id, options);
  else await removeDraft(id, options);
}

/** Of everything that a draft is made of. */
export function fingerprintOf({ outline, submission }: DraftContext): string {
  const { header, body, files } = outline;
  const { messageId, sendAs } = submission;
  const parts = JSON.stringify([messageId, sendAs, header, body, files]);
  return createHash('sha256').update(parts).digest('base64');
}

/** A request on its own, for the caller may want no more of the attempt; so it has little time. */
export async function removeDraft(id: string, options: DraftEndContext): Promise<boolean> {
  const { memory, signal, submission } = options;
  const deadlineMs = signal.aborted ? cutRemovalMs : removalMs;
  const alone = { ...options, signal: new AbortController().signal };
  const isGone = await deleteDraft(id, alone, deadlineMs);
  if (isGone) memory.forget(submission.deliveryId);
  else keepDraft(id, options);
  return isGone;
}

/** What may have been sent at an earlier attempt may have been sent still. */
function keepDraft(id: string, options: DraftEndContext): void {
  const { memory, submission } = options;
  memory.keep(submission.deliveryId, { id, maySent: maySent(options) });
}

function maySent({ memory, submission }: DraftEndContext): boolean {
  return memory.of(submission.deliveryId)?.maySent ?? false;
}

const removalMs = 10_000;
/** While the gateway stops. */
const cutRemovalMs = 2_000;
