// Sends a large message by a draft in the mailbox: made, filled with its files, sent; and removed when that fails.
import { deferred, delivered, unsure, type Outcome } from '../core/outcome.ts';
import { attachFiles, type Attached } from './draft-files.ts';
import type { FilesProgress, LeftDraft } from './draft-memory.ts';
import { createDraft } from './draft-requests.ts';
import {
  dropDraft,
  fateOf,
  fingerprintOf,
  removeDraft,
  sendDraft,
  sent,
  type DraftEndContext,
} from './draft-send.ts';
import { findOwn } from './look-up.ts';
import type { Semaphore } from './semaphore.ts';

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
  using slot = await takeSlot(options);
  if (!slot) return options.signal.aborted ? cancelled : noSlot;
  return (await settleLeftDrafts(options)) ?? (await sendNewDraft(options));
}

/** While it waits, a message keeps its lease and a place in its lane from others: so it does not wait long. */
const slotPatienceMs = 30_000;

async function takeSlot({ clock, signal, slots }: SendDraftOptions) {
  const [overdue, taken] = [new AbortController(), new AbortController()];
  const slot = slots.acquire({ signal: AbortSignal.any([signal, overdue.signal]) });
  const waited = clock.wait(slotPatienceMs, { signal: AbortSignal.any([signal, taken.signal]) });
  void waited.then(() => overdue.abort());
  return await slot.finally(() => taken.abort());
}

const noSlot = deferred('4.3.2', {
  reason: 'cancelled',
  waitedMs: slotPatienceMs,
  diagnostic:
    'As many large messages as may be sent at once are under way: its turn comes, and nothing was tried',
});

const cancelled = deferred('4.3.2', {
  reason: 'cancelled',
  diagnostic: 'The attempt was cut short before the message was given: it was not sent',
});

async function sendNewDraft(options: SendDraftOptions): Promise<Outcome> {
  const id = await createDraft(options);
  if (typeof id !== 'string') return id.refusal;
  return await fillAndSend(id, { ...options, progress: { attached: 0 } });
}

type FillOptions = SendDraftOptions & { readonly progress: FilesProgress };

async function fillAndSend(id: string, options: FillOptions): Promise<Outcome> {
  const { refused, ...progress } = await fillDraft(id, options);
  if (!refused) return await sendDraft(id, options);
  await dropDraft(id, { ...options, cause: refused, progress });
  return refused.refusal;
}

async function fillDraft(id: string, options: FillOptions): Promise<Attached> {
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
  if (left?.maySent) return await finishLeftDraft(left, options);
  if (left?.progress?.fingerprint === fingerprintOf(options)) {
    return await finishLeftDraft(left, options);
  }
  if (left) return (await removeDraft(left.id, options)) ? undefined : notRemoved;
  const { attempt, wasTried = attempt > 1 } = submission;
  return wasTried ? await settleUnknownDrafts(options) : undefined;
}

/**
 * Of a message that may have been sent the queue asks for another attempt after it has looked for it in vain: where
 * neither draft nor copy is left, it is made anew.
 */
async function finishLeftDraft(
  { id, maySent, progress }: LeftDraft,
  options: SendDraftOptions,
): Promise<Outcome | undefined> {
  switch (await fateOf(id, options)) {
    case 'sent':
      return sent(delivered('2.0.0'), options);
    case 'draft':
      if (maySent || progress === undefined) return await sendDraft(id, options);
      return await fillAndSend(id, { ...options, progress });
    case 'unknown':
      return maySent ? stillUnsure : notRemoved;
    case 'missing':
      options.memory.forget(options.submission.deliveryId);
      return undefined;
  }
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
  diagnostic: 'A draft of an earlier attempt could not be taken up or removed: it is tried again',
});

const stillUnsure = unsure('4.3.2', {
  reason: 'server',
  diagnostic: 'The draft of an earlier attempt may have been sent, and cannot be looked at',
});
