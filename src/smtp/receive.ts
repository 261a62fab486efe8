// One DATA: hands the content to `accept`, and finds the one answer that the client gets.
import type { Client } from '../core/client.ts';
import type { Envelope } from '../core/envelope.ts';
import { deferred, type Refusal } from '../core/outcome.ts';
import type { Accept, Acceptance, Events } from '../relay/ports.ts';
import type { DataReader } from './data-reader.ts';

export interface ReceiveParts {
  readonly client: Client;
  readonly envelope: Envelope;
  readonly accept: Accept;
  readonly events: Events;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/**
 * Resolves at the final dot or later, whatever `accept` does; never rejects.
 * `gone`: the client vanished or was cut off before the dot, and `accept` was made to fail.
 */
export async function receive(
  reader: DataReader,
  parts: ReceiveParts,
): Promise<Acceptance | { readonly kind: 'gone' }> {
  const taking = take(reader, parts);
  const answer = await Promise.race([taking, reader.overdue]);
  await reader.swallow();
  if (reader.isBroken) return { kind: 'gone' };
  if (answer !== 'overdue') return answer;
  void taking.then((late) => reportLate(late, parts.events));
  return reader.refusal() ?? inTrouble;
}

async function take(reader: DataReader, parts: ReceiveParts): Promise<Acceptance> {
  const { client, envelope, accept, events, signal } = parts;
  try {
    const refusal = () => reader.refusal();
    return await accept({ client, envelope, content: reader, refusal, signal });
  } catch (error) {
    if (!reader.isBroken) events.fault({ where: 'smtp', error });
    return inTrouble;
  }
}

export const inTrouble: Refusal = deferred('4.3.0', {
  reason: 'internal',
  diagnostic: 'Accepting the message failed: the fault is in the log',
});

/** The client was told to try again, and will: that cannot be mended, only said. */
function reportLate(late: Acceptance, events: Events): void {
  if (late.kind !== 'accepted') return;
  const error = new Error('A message was accepted after its client had been told to try again');
  events.fault({ where: 'smtp', error, id: late.id });
}
