// Completes the header of a message, and asks whether its client may send it.
import { countReceived, maxReceivedFields } from '../core/hygiene.ts';
import type { Client } from '../core/client.ts';
import type { Envelope } from '../core/envelope.ts';
import type { HeaderFacts } from '../core/message.ts';
import { failed, type Failed } from '../core/outcome.ts';
import { checkOriginators } from '../core/senders.ts';
import type { Policy } from './policy.ts';
import type { CompletedHeader, Mime } from './ports.ts';

export interface ExamineOptions {
  readonly client: Client;
  readonly envelope: Envelope;
  /** The queue id. */
  readonly id: string;
  readonly hostname: string;
  /** Epoch ms. */
  readonly now: number;
  readonly policy: Policy;
  readonly mime: Mime;
}

export interface ExaminedHeader extends CompletedHeader {
  /** Of the completed header. */
  readonly facts: HeaderFacts;
}

/** The header as it is stored, or why the message is refused. */
export function examineHeader(
  header: Uint8Array,
  options: ExamineOptions,
): ExaminedHeader | Failed {
  const { client, mime, policy } = options;
  const malformed = mime.checkHeader(header);
  if (malformed) return malformed;
  const completed = mime.completeHeader(header, mime.readHeader(header), options);
  const facts = mime.readHeader(completed.header);
  const source = { header: facts, fromWasMissing: completed.fromWasMissing };
  const forbidden = checkLoop(facts) ?? checkOriginators(client, source, policy.from);
  return forbidden ?? { ...completed, facts };
}

/** RFC 5321 §6.3. */
function checkLoop(facts: HeaderFacts): Failed | undefined {
  if (countReceived(facts) <= maxReceivedFields) return undefined;
  return failed('5.4.6', {
    reason: 'content',
    diagnostic: `The message has passed more than ${maxReceivedFields} hops: it runs in a loop`,
    reply: 'Message has passed too many hops: mail loop',
  });
}
