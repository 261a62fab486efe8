// Whether an earlier attempt sent a message after all: asked before it is sent again.
import { addressKey, type Address } from '../core/address.ts';
import type { LookUpResult } from '../core/delivery.ts';
import type { Connection } from './policy.ts';
import type { Claim, FoundCopy, Store, StoredMessage, Submission } from './ports.ts';

export interface DoubtfulSend {
  readonly connection: Connection;
  readonly claim: Claim;
  readonly submission: Submission;
}

export interface LookUpVerdict {
  readonly result: 'sent' | LookUpResult;
  /** The mailbox wants to be left alone so long. */
  readonly retryAfterMs?: number;
}

export interface LookUpParts {
  readonly store: Pick<Store, 'bodyDigestsOf'>;
  readonly signal: AbortSignal;
}

/**
 * Looks into the mailbox. `notFound`: nothing is there, or nothing that proves a send. `unknown`: it could not be
 * searched just now. Throws `StoreError`.
 */
export async function wasSent(
  { connection, claim, submission }: DoubtfulSend,
  parts: LookUpParts,
): Promise<LookUpVerdict> {
  const found = await connection.transport.lookUp?.(submission, parts);
  switch (found?.kind) {
    case undefined:
      return { result: 'notPermitted' };
    case 'copies': {
      const isSent = await isProof(found.copies, { claim, submission }, parts);
      return { result: isSent ? 'sent' : 'notFound' };
    }
    case 'sent':
    case 'notFound':
    case 'notPermitted':
      return { result: found.kind };
    case 'unknown': {
      const { retryAfterMs } = found;
      return { result: 'unknown', ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
  }
}

/**
 * A copy with the same Message-ID proves a send where it can be no other message's, and where it has this send's
 * recipients: a message that is split leaves several. Those of redirects may all have the same, so that none of them
 * proves anything.
 */
async function isProof(
  copies: readonly FoundCopy[],
  { claim: { message, delivery }, submission }: Omit<DoubtfulSend, 'connection'>,
  { store }: LookUpParts,
): Promise<boolean> {
  if (delivery.route.insteadOf) return false;
  const { forwardPaths } = submission.envelope;
  const alike = copies.filter(({ recipients }) => isSame(recipients, forwardPaths));
  if (alike.length === 0) return false;
  if (isMadeHere(message)) return true;
  return alike.some((copy) => isRecent(copy, message)) && (await isUnique(message, store));
}

/** No device can have used a Message-ID that was made here for another message. */
function isMadeHere({ id, messageId }: StoredMessage): boolean {
  return messageId.startsWith(`<${id}@`);
}

/** Clocks differ, here and there, but not by more. */
const clockSkewMs = 120_000;

/** The same Message-ID may stand in the mailbox on mail of earlier days, which the store has forgotten. */
function isRecent({ sentAt }: FoundCopy, { receivedAt }: StoredMessage): boolean {
  return sentAt !== undefined && sentAt >= receivedAt - clockSkewMs;
}

/** Two messages with one Message-ID that came at the same time did not see each other when they were accepted. */
async function isUnique(
  { bodyDigest, messageId }: StoredMessage,
  store: Pick<Store, 'bodyDigestsOf'>,
): Promise<boolean> {
  if (bodyDigest === undefined) return false;
  const digests = await store.bodyDigestsOf(messageId);
  return digests.length > 0 && digests.every((digest) => digest === bodyDigest);
}

function isSame(recipients: readonly string[], forwardPaths: readonly Address[]): boolean {
  const wanted = new Set(forwardPaths.map(addressKey));
  const found = new Set(recipients.map(addressKey));
  return wanted.size === found.size && [...wanted].every((key) => found.has(key));
}
