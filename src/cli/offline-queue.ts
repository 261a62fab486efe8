// The queue of a gateway that does not run, behind the same API: nothing is sent from here.
import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { Secrets } from '../config/secrets.ts';
import { createIds } from '../gateway-ids.ts';
import { openStore } from '../gateway-store.ts';
import { createApi } from '../http/api.ts';
import { problemResponse } from '../http/problem.ts';
import { ThreadedContentReader } from '../mime/content-reader.ts';
import { mime } from '../mime/mime.ts';
import { messageParts } from '../mime/part-port.ts';
import { createOperator } from '../relay/operator.ts';
import { StoreError, type Events } from '../relay/ports.ts';
import { createOfflinePolicy } from '../trial/offline-policy.ts';
import type { QueueLink } from './queue-link.ts';

const contentDeadlineMs = 60_000;

/**
 * Throws `StoreError` when a gateway holds the file, or it cannot be used. Attempts of a gateway that died become unsure,
 * as they would at its next start.
 */
export async function openOfflineQueue({
  config,
  secrets,
  version,
  audit = () => undefined,
}: {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly version: string;
  readonly audit?: Events['operatorActed'];
}): Promise<QueueLink> {
  const { queue } = config;
  if (queue.store.kind === 'sqlite') await checkQueueFile(queue.store.file);
  await using opening = new AsyncDisposableStack();
  const store = opening.use(
    await openStore({
      ...{ queue, secrets },
      events: { storeCommitted() {}, fault() {}, notice() {} },
      // Somebody sits there: who holds the file is told at once.
      lockWaitMs: 0,
    }),
  );
  const contents = opening.use(
    new ThreadedContentReader({ deadlineMs: contentDeadlineMs, fault() {} }),
  );
  const policy = createOfflinePolicy(config);
  const clock = { now: () => Date.now() };
  const operator = createOperator({
    ...{ store, clock, mime, messageParts, contents },
    policy: () => policy,
    createId: createIds(clock),
    accept: () => Promise.reject(new Error('Nothing is accepted without a gateway')),
    onDue: () => {},
  });
  const api = createApi({
    ...{ version, store, operator, clock },
    hostname: config.hostname,
    listeners: [],
    connections: () => [...config.connections.values()],
    ready: () => ({ ok: false, reasons: ['no gateway runs'] }),
    events: { operatorActed: audit },
    who: () => 'cli',
  });
  api.onError((error, c) => {
    if (!(error instanceof StoreError)) throw error;
    return problemResponse(c, {
      status: 503,
      title: 'Store not available',
      detail: error.message,
    });
  });
  const open = opening.move();
  return {
    async ask({ method, path, body }) {
      const answer = await api.request(path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: answer.body ?? nothing() };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A file that this makes would be in the way of the gateway, whose user is another. */
async function checkQueueFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new StoreError('away', `There is no queue file "${file}"`);
  const user = process.getuid?.();
  if (user === undefined || user === found.uid) return;
  throw new StoreError(
    'away',
    `The queue file "${file}" belongs to the user ${found.uid}: run this as that user`,
  );
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
