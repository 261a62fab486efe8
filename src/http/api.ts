// The JSON API: /api/v1/ of the admin server.
import { Hono, type Context } from 'hono';
import { deliveryStates, type Attempt } from '../core/delivery.ts';
import { readState } from './state-filter.ts';
import type { DeliverySummary, QueueFigures, SandboxMessageSummary } from '../relay/ports.ts';
import type { AdminSource } from './admin-source.ts';
import { problemResponse } from './problem.ts';
import { readinessOf } from './readiness.ts';
import { summarize } from './summary.ts';

const defaultLimit = 50;
const maxLimit = 200;

export function createApi(source: AdminSource): Hono {
  const api = new Hono();
  api.get('/status', async (c) => c.json(await describeStatus(source)));
  api.get('/messages', async (c) => {
    const page = readPage(c);
    const state = readState(c.req.query('state'));
    if (page === undefined || state === 'unknown') return badPage(c);
    const found = await source.store.list({ ...page, ...state, limit: page.limit + 1 });
    return c.json({ messages: found.slice(0, page.limit).map(toMessage), ...nextOf(found, page) });
  });
  api.get('/sandbox/messages', (c) => {
    const page = readPage(c);
    if (page === undefined) return badPage(c);
    const found = pageOfSandbox(source, page);
    return c.json({
      messages: found.slice(0, page.limit).map(toSandboxMessage),
      ...nextOf(found, page),
    });
  });
  api.get('/sandbox/messages/:id', async (c) => {
    const message = await source.sandbox?.get(c.req.param('id'));
    if (message === undefined) return notFound(c);
    const { to, cc, bcc, text, html, attachments } = message;
    return c.json({ ...toSandboxMessage(message), to, cc, bcc, text, html, attachments });
  });
  api.get('/sandbox/messages/:id/raw', async (c) => {
    const message = await source.sandbox?.get(c.req.param('id'));
    if (message === undefined) return notFound(c);
    const name = message.id.replaceAll(/[^\w-]/g, '_');
    return c.body(Uint8Array.from(message.raw), 200, {
      'Content-Type': 'message/rfc822',
      'Content-Disposition': `attachment; filename="${name}.eml"`,
    });
  });
  api.notFound(notFound);
  return api;
}

interface Page {
  readonly limit: number;
  /** Id of the last entry of the page before. */
  readonly before?: string;
}

/** Undefined when the query makes no sense. */
function readPage(c: Context): Page | undefined {
  const limit = Number(c.req.query('limit') ?? defaultLimit);
  const before = c.req.query('before');
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit || before === '') return undefined;
  return { limit, ...(before !== undefined && { before }) };
}

/** `found` has one entry more than the page when there is a next one. */
function nextOf(found: readonly { readonly id: string }[], { limit }: Page): { next?: string } {
  const last = found[limit - 1];
  return found.length > limit && last !== undefined ? { next: last.id } : {};
}

function pageOfSandbox({ sandbox }: AdminSource, page: Page): readonly SandboxMessageSummary[] {
  const all = sandbox?.list() ?? [];
  // An id that is gone gives the first page: the oldest are forgotten first, so nothing older is left.
  const start = page.before === undefined ? 0 : all.findIndex(({ id }) => id === page.before) + 1;
  return all.slice(start, start + page.limit + 1);
}

async function describeStatus({ version, hostname, ...source }: AdminSource) {
  const readiness = await readinessOf(source.ready);
  const figures = await source.store.figures().catch(() => undefined);
  return {
    version,
    hostname,
    summary: summarize({ figures, readiness, now: source.clock.now() }),
    ready: readiness,
    queue: figures && toQueue(figures),
    listeners: source.listeners.map(({ name, host, port }) => ({ name, host, port })),
    // Name and type alone: what else a connection has is nobody's business here.
    connections: source.connections.map(({ name, type }) => ({ name, type })),
    sandbox: source.connections.some(({ type }) => type === 'sandbox'),
  };
}

function toQueue({ deliveries, bodyBytes, oldestReceivedAt }: QueueFigures) {
  return {
    deliveries,
    bodyBytes,
    ...(oldestReceivedAt !== undefined && { oldestReceivedAt: isoTime(oldestReceivedAt) }),
  };
}

function toMessage(delivery: DeliverySummary) {
  const { id, messageId, client, from, subject, sizeBytes, forwardPaths } = delivery;
  const { route, connection, state, attempts, receivedAt, dueAt, lastAttempt } = delivery;
  return {
    ...{ id, messageId, client, from, subject, sizeBytes, forwardPaths },
    ...{ route, connection, state, attempts },
    receivedAt: isoTime(receivedAt),
    ...(dueAt !== undefined && { dueAt: isoTime(dueAt) }),
    ...(lastAttempt !== undefined && { lastAttempt: toAttempt(lastAttempt) }),
  };
}

function toAttempt({ startedAt, endedAt, ...rest }: Attempt) {
  return { ...rest, startedAt: isoTime(startedAt), endedAt: isoTime(endedAt) };
}

function toSandboxMessage(message: SandboxMessageSummary) {
  const { id, sentAt, sendAs, from, recipients, subject, sizeBytes } = message;
  return { id, sentAt: isoTime(sentAt), sendAs, from, recipients, subject, sizeBytes };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

function badPage(c: Context): Response {
  return problemResponse(c, {
    status: 400,
    title: 'Bad query',
    detail: `"limit" must be a whole number from 1 to ${maxLimit}, "before" the id of an entry, and "state" one of ${deliveryStates.join(', ')}`,
  });
}

function notFound(c: Context): Response {
  return problemResponse(c, {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing of that name; the sandbox keeps only its latest messages',
  });
}
