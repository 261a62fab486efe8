// Which header fields of a message Graph is known to drop, or to write over, on each way.
import type { HeaderFacts } from '../core/message.ts';
import type { TransportKind } from '../core/transport-plan.ts';
import { carryFields, namesOf } from './json-fields.ts';

/** What the MIME form keeps (docs/graph.md, "Header fields"). */
const keptByMime =
  /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|importance|priority|x-priority|x-msmail-priority|sensitivity|thread-topic|thread-index|disposition-notification-to|return-receipt-to|mime-version|content-.*)$/;
/** Fields of former hops, which nobody misses. */
const trace =
  /^(received|return-path|dkim-signature|authentication-results|arc-.*|x-ms-exchange-.*)$/;

/**
 * Names of fields, as written, that the recipients will not see; by MIME also those named X-, which Exchange keeps where
 * the mailbox has had a field of that name before.
 */
export function droppedFields(header: HeaderFacts, transport: TransportKind): readonly string[] {
  if (transport !== 'mime') return carryFields(header, { headersByName: true }).dropped;
  return namesOf(
    header.fields.filter(({ name }) => {
      const key = name.toLowerCase();
      return !keptByMime.test(key) && !trace.test(key);
    }),
  );
}
