// What a message is known by: its Message-ID, and a digest that tells whether a client uses one for several messages.
import { fieldsNamed } from '../core/header-field.ts';
import type { ExaminedHeader } from './examine-header.ts';
import type { Digest, Events, Store, StoredMessage } from './ports.ts';

export interface IdentityParts {
  readonly store: Pick<Store, 'bodyDigestsOf'>;
  readonly events: Pick<Events, 'fault'>;
  readonly hostname: string;
  /** Absent: nobody will ask which messages had the same Message-ID. */
  readonly createDigest?: () => Digest;
}

export type MessageIdentity = Pick<StoredMessage, 'messageId' | 'bodyDigest' | 'reusedMessageId'>;

/** Learns the identity of a message while its body arrives. */
export interface IdentityReading {
  update(piece: Uint8Array): void;
  /** Never rejects. */
  end(): Promise<MessageIdentity>;
}

/**
 * Begins with the header: the store is asked while the body arrives. A device that gives every message the same
 * Message-ID would lose mail: receivers take the second one for a copy of the first. A client that repeats a message,
 * since its 250 was lost, keeps the Message-ID, so that they may.
 */
export function openIdentity(
  { id, ...header }: ExaminedHeader & { readonly id: string },
  parts: IdentityParts,
): IdentityReading {
  const { messageId } = header;
  const madeHere = `<${id}@${parts.hostname}>`;
  const digest = messageId === madeHere ? undefined : parts.createDigest?.();
  if (!digest) return { update: () => undefined, end: async () => ({ messageId }) };
  const earlier = digestsOf({ id, messageId }, parts);
  digest.update(distinguishing(header));
  return {
    update: (piece) => digest.update(piece),
    async end() {
      const bodyDigest = digest.end();
      const isReused = (await earlier).some((each) => each !== bodyDigest);
      if (!isReused) return { messageId, bodyDigest };
      return { messageId: madeHere, bodyDigest, reusedMessageId: messageId };
    },
  };
}

const encoder = new TextEncoder();

/** Mail of an alarm, or of a nightly job, may differ from the one before in these alone. */
function distinguishing({ facts }: ExaminedHeader): Uint8Array {
  const values = ['Date', 'Subject'].flatMap((name) => fieldsNamed(facts, name));
  return encoder.encode(values.map(({ value }) => `${value}\n`).join(''));
}

/** Trouble of the store here is no reason to refuse the mail. */
async function digestsOf(
  { id, messageId }: { readonly id: string; readonly messageId: string },
  { store, events }: IdentityParts,
): Promise<readonly string[]> {
  try {
    return await store.bodyDigestsOf(messageId);
  } catch (error) {
    events.fault({ where: 'store', error, id });
    return [];
  }
}
