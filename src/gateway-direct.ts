// Direct mode, wired: what listeners in that mode get in place of the queue.
import type { Config } from './config/config.ts';
import type { Traces } from './core/traces.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { BodyMemory } from './relay/body-memory.ts';
import { Direct } from './relay/direct.ts';
import type { Policy } from './relay/policy.ts';
import type { Accept, Clock, ContentReader, Digest, Events } from './relay/ports.ts';
import { reportAtOnce } from './relay/report-at-once.ts';
import { createRecipientCheck } from './relay/single-send.ts';
import type { ListenerParts } from './smtp/listener.ts';
import { openBodyFolder } from './store/body-folder.ts';
import { createIds } from './gateway-ids.ts';

export interface DirectOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Events;
  readonly traces: Traces;
  readonly contents: ContentReader;
  readonly createDigest: () => Digest;
  readonly policy: () => Policy;
  readonly lookupAfterMs: () => number;
}

export interface DirectMode {
  /** Of a listener. */
  readonly parts: Pick<ListenerParts, 'overload' | 'openRecipients'> & { readonly accept: Accept };
  /** Waits for the sends under way, and cuts them after `graceMs`. */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

/** A mailbox shows what was sent only after a while; the client waits for a minute. */
const longestLookUpAfterMs = 5_000;

/** Rejects, with a sentence for the operator, when `direct.folder` is of no use. */
export async function createDirectMode(options: DirectOptions): Promise<DirectMode> {
  const { config, clock, events, policy } = options;
  const { memoryBytes, folder } = config.direct;
  const bodies = new BodyMemory({
    maxBytes: memoryBytes,
    ...(folder !== undefined && { folder: await openBodyFolder(folder) }),
  });
  const createId = createIds(clock);
  const shared = { ...options, hostname: config.hostname, mime, messageParts, createId };
  const direct = new Direct({
    ...shared,
    bodies,
    lookUpAfterMs: () => Math.min(options.lookupAfterMs(), longestLookUpAfterMs),
    report: (end, { signal }) =>
      reportAtOnce(end, { ...shared, events, now: () => clock.now(), signal }),
  });
  return {
    parts: {
      accept: direct.accept,
      overload: () => bodies.refusal(),
      openRecipients: (sender) => createRecipientCheck(sender, policy()),
    },
    stop: (grace) => direct.stop(grace),
  };
}

/** What is added to a message, and kept with it. */
const addedBytes = 8_192;

/** The largest message that a direct listener can take. */
export function largestDirectMessage({ memoryBytes, folder }: Config['direct']): number {
  return folder === undefined ? Math.max(memoryBytes - addedBytes, 1) : Infinity;
}
