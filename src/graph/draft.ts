// Sends a large message by a draft in the mailbox: made, filled with its files, sent; and removed when that fails.
import { deferred, delivered, unsure, type Outcome } from '../core/outcome.ts';
import { attachFiles } from './draft-files.ts';
import { createDraft, readState } from './draft-requests.ts';
import { dropDraft, removeDraft, sendDraft, sent, type DraftEndContext } from './draft-send.ts';
import { findOwn } from './look-up.ts';
import type { Semaphore } from './semaphore.ts';
import type { StepRefused } from './step.ts';

export interface SendDraftOptions extends DraftEndContext {
  /** Large messages under way, over all lanes. */
  readonly slots: Semaphore;
}

/**
 * Nothing is sent before `send`; after it the outcome is unsure unless Graph says what became of the draft.
 * A crash leaves a draft that bears the delivery's id, and that the next attempt finds and removes.
 * Throws what the content throws, when the draft is removed.
 */
export async function sendByDraft(options: SendDraftOptions): Promise<Outcome> {
  using slot = await options.slots.acquire(options);
  if (!slot) return cancelled;
  return (await settleLeftDrafts(options)) ?? (await sendNewDraft(options));
}

const cancelled = deferred('4.3.2', {
  reason: 'cancelled',
  diagnostic: 'The attempt was cut short before the message was given: it was not sent',
});

async function sendNewDraft(options: SendDraftOptions): Promise<Outcome> {
  const id = await createDraft(options);
  if (typeof id !== 'string') return id.refusal;
  const refused = await fillDraft(id, options);
  if (!refused) return await sendDraft(id, options);
  await dropDraft(id, { ...options, cause: refused.refusal });
  return refused.refusal;
}

async function fillDraft(id: string, options: SendDraftOptions): Promise<StepRefused | undefined> {
  try {
    return await attachFiles(id, options);
  } catch (error) {
    await removeDraft(id, options);
    throw error;
  }
}

/** What earlier attempts left in the mailbox: sent, sent now, or removed. Undefined when the way is free. */
async function settleLeftDrafts(options: SendDraftOptions): Promise<Outcome | undefined> {
  const { memory, submission } = options;
  const left = memory.of(submission.deliveryId);
  if (left?.maySent) return await finishLeftDraft(left.id, options);
  if (left) return (await removeDraft(left.id, options)) ? undefined : notRemoved;
  return submission.attempt > 1 ? await settleUnknownDrafts(options) : undefined;
}

async function finishLeftDraft(id: string, options: SendDraftOptions): Promise<Outcome> {
  const state = await readState(id, options);
  if (state === 'draft') return await sendDraft(id, options);
  return state === 'unknown' ? stillUnsure : sent(delivered('2.0.0'), options);
}

/** Another process may have made them: whether they are whole, nobody knows. */
async function settleUnknownDrafts(options: SendDraftOptions): Promise<Outcome | undefined> {
  const found = await findOwn(options.submission, options);
  if ('kind' in found) return found.refusal;
  if (found.some(({ isDraft }) => !isDraft)) return delivered('2.0.0');
  for (const { id } of found) {
    if (!(await removeDraft(id, options))) return notRemoved;
  }
  return undefined;
}

const notRemoved = deferred('4.3.0', {
  reason: 'server',
  diagnostic: 'A draft of an earlier attempt could not be removed: it is tried again',
});

const stillUnsure = unsure('4.3.2', {
  reason: 'server',
  diagnostic: 'The draft of an earlier attempt may have been sent, and cannot be looked at',
});
