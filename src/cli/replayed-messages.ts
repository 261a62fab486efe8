// The messages that `graphpost explain --replay` tries: those of the queue, or the .eml files of a folder.
import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { DeliveryJson, MessageJson } from '../http/message-json.ts';
import { envelopeOf } from '../trial/envelope.ts';
import { withCrlf, type TrialSession } from '../trial/trial.ts';
import { ApiProblem, QueueApi } from './queue-api.ts';
import { openQueueLink, type LinkOptions } from './queue-link.ts';

/** A message, and how it came. Without `raw` its body is not kept any more. */
export interface Replayed {
  readonly name: string;
  readonly session: TrialSession;
  readonly raw?: Uint8Array;
}

/** The folder or a file in it cannot be read: a sentence for the operator. */
export class UnreadableMail extends Error {
  override readonly name = 'UnreadableMail';
}

/** In the order of their names. Throws `UnreadableMail`. */
export async function* messagesOfFolder(folder: string, client: string): AsyncGenerator<Replayed> {
  const names = readOrSay(folder, () => readdirSync(folder));
  for (const name of names.filter(isMail).toSorted()) {
    const file = join(folder, name);
    const raw = withCrlf(readOrSay(file, () => readFileSync(file)));
    yield { name, raw, session: { client, ...envelopeOf({}, raw) } };
  }
}

function isMail(name: string): boolean {
  return name.toLowerCase().endsWith('.eml');
}

function readOrSay<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnreadableMail(`Cannot read "${path}": ${reason}`, { cause });
  }
}

/** Newest first, each once. Throws what the link to the queue does, and `ApiProblem`. */
export async function* messagesOfQueue(options: LinkOptions): AsyncGenerator<Replayed> {
  await using link = await openQueueLink(options);
  yield* messagesOf(new QueueApi(link.ask));
}

/** What is forgotten while this reads counts as a message without a body. */
export async function* messagesOf(
  api: Pick<QueueApi, 'list' | 'show' | 'raw'>,
): AsyncGenerator<Replayed> {
  const seen = new Set<string>();
  for await (const delivery of api.list({})) {
    if (seen.has(delivery.messageId)) continue;
    seen.add(delivery.messageId);
    yield await replayedOf(delivery, api);
  }
}

async function replayedOf(
  { messageId, subject, client }: DeliveryJson,
  api: Pick<QueueApi, 'show' | 'raw'>,
): Promise<Replayed> {
  const name = `${messageId} ${subject}`;
  const message = await unlessGone(() => api.show(messageId));
  if (!message) return { name, session: { client, mailFrom: '', rcpt: [] } };
  const raw = message.bodyKept
    ? await unlessGone(async () => await buffer(Readable.from(await api.raw(messageId))))
    : undefined;
  return { name, session: sessionOf(message), ...(raw && { raw }) };
}

function sessionOf({ client, reversePath, forwardPaths }: MessageJson): TrialSession {
  return {
    client: client.name,
    ...(isIP(client.ip) !== 0 && { address: client.ip }),
    listener: client.listener,
    ehlo: client.ehlo,
    mailFrom: reversePath ?? '',
    rcpt: forwardPaths,
  };
}

/** The message, or its body, was forgotten since it was listed. */
async function unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 404 || error.status === 409)) {
      return undefined;
    }
    throw error;
  }
}
