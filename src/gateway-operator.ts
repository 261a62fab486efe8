// What the page, the API and the queue command do with the queue: the operator's part, wired.
import { ThreadedContentReader } from './mime/content-reader.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { createAccept } from './relay/accept.ts';
import { createOperator } from './relay/operator.ts';
import type { Policy } from './relay/policy.ts';
import type { Clock, Events, Operator, Store } from './relay/ports.ts';
import { createIds } from './gateway-ids.ts';

export interface QueueOperatorParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Events;
  /** For Received and Message-ID of what is sent again. */
  readonly hostname: string;
  readonly policy: () => Policy;
  /** Called when deliveries may have become due. */
  readonly onDue: () => void;
}

/** For one piece of a message; a piece takes a few ms. */
const contentDeadlineMs = 10_000;

/** @param stack what is disposed before the store */
export function createQueueOperator(
  parts: QueueOperatorParts,
  stack: AsyncDisposableStack,
): Operator {
  const { clock, events, onDue } = parts;
  // Of its own: what an operator has read does not keep a client waiting.
  const contents = stack.use(
    new ThreadedContentReader({
      deadlineMs: contentDeadlineMs,
      fault: (error) => events.fault({ where: 'content', error }),
    }),
  );
  const ofMime = { mime, messageParts, contents };
  const createId = createIds(clock);
  const accept = createAccept({ ...parts, ...ofMime, createId, onAccepted: onDue });
  return createOperator({ ...parts, ...ofMime, createId, accept });
}
