// Direct sends that may have been made although their clients were told to try again: a client that does is not sent twice.
import { addressKey } from '../core/address.ts';
import { candidatesOf } from '../core/backup.ts';
import type { Claim, StoredMessage } from './ports.ts';

/** What is to be looked for in place of a claim: the first send of the same message to the same recipients. */
interface Doubt {
  readonly deliveryId: string;
  readonly receivedAt: number;
}

/** Sends that are remembered; some hundred bytes each. */
const maxDoubts = 1_000;

export class DirectDoubts {
  readonly #doubts = new Map<string, Doubt>();

  add(claim: Claim): void {
    const key = keyOf(claim);
    if (key === undefined || this.#doubts.has(key)) return;
    this.#doubts.set(key, { deliveryId: claim.delivery.id, receivedAt: claim.message.receivedAt });
    const [oldest] = this.#doubts.keys();
    if (this.#doubts.size > maxDoubts && oldest !== undefined) this.#doubts.delete(oldest);
  }

  /** The send that this one repeats, to be looked for before it; undefined: it repeats none. */
  of(claim: Claim): Claim | undefined {
    const doubt = this.#doubts.get(keyOf(claim) ?? '');
    if (!doubt) return undefined;
    const { delivery, message } = claim;
    return {
      ...claim,
      delivery: { ...delivery, id: doubt.deliveryId },
      message: { ...message, receivedAt: doubt.receivedAt },
    };
  }

  /** It was sent, or found to have been: over whichever connection, another message like it is sent again. */
  remove(claim: Claim): void {
    const { delivery } = claim;
    for (const connection of [delivery.connection, ...candidatesOf(delivery.route.action)]) {
      this.#doubts.delete(keyOf({ ...claim, delivery: { ...delivery, connection } }) ?? '');
    }
  }
}

/** Undefined for a message without a Message-ID of its client's: nothing tells that it comes again. */
function keyOf({ delivery, message }: Claim): string | undefined {
  if (message.bodyDigest === undefined) return undefined;
  const recipients = delivery.route.forwardPaths.map(addressKey).toSorted();
  return JSON.stringify([idOf(message), message.bodyDigest, delivery.connection, recipients]);
}

function idOf({ messageId, reusedMessageId }: StoredMessage): string {
  return reusedMessageId ?? messageId;
}
