// Finds messages by the Message-ID that their clients gave, without an index over texts of any length.
import { hash } from 'node:crypto';
import type { StoredMessage } from '../relay/ports.ts';

/** What a store keeps beside a message for `Store.bodyDigestsOf`. */
export interface GivenId {
  readonly key: bigint;
  readonly bodyDigest: string;
}

/**
 * 64 bits of a hash of a Message-ID, signed. Two Message-IDs with the same key are taken for one, which costs the later
 * message no more than its Message-ID.
 */
export function givenIdKey(messageId: string): bigint {
  return hash('sha256', messageId, 'buffer').readBigInt64BE(0);
}

/** Undefined where the client gave none. */
export function givenIdOf(message: StoredMessage): GivenId | undefined {
  const { bodyDigest, messageId, reusedMessageId = messageId } = message;
  return bodyDigest === undefined ? undefined : { key: givenIdKey(reusedMessageId), bodyDigest };
}
