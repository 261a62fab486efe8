// The JSON API: /api/v1/ of the admin server.
import { Hono, type Context } from 'hono';
import {
  StoreError,
  type Events,
  type QueueFigures,
  type SandboxMessageSummary,
} from '../relay/ports.ts';
import type { AdminSource } from './admin-source.ts';
import { checkBackupFile, makeBackup } from './backup.ts';
import { addExplainApi } from './explain.ts';
import { isoTime, toLaneJson } from './message-json.ts';
import { addMessages } from './messages-api.ts';
import { readJson } from './read-json.ts';
import { readPage, type Page } from './paging.ts';
import { notFound, problemResponse } from './problem.ts';
import { readinessOf } from './readiness.ts';
import { summarize } from './summary.ts';

export interface ApiOptions extends AdminSource {
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may: for the audit log. */
  readonly who: (c: Context) => string;
}

export function createApi(options: ApiOptions): Hono {
  const api = new Hono();
  api.get('/status', async (c) => c.json(await describeStatus(options)));
  api.get('/lanes', async (c) => {
    const lanes = await options.store.lanes({ now: options.clock.now() });
    return c.json({ lanes: lanes.map(toLaneJson) });
  });
  api.post('/backup', (c) => backup(c, options));
  addMessages(api, options);
  const { explain, clients = () => [] } = options;
  if (explain) addExplainApi(api, { explain, clients });
  addSandbox(api, options);
  api.notFound(notFound);
  return api;
}

async function backup(c: Context, { store, events, who }: ApiOptions): Promise<Response> {
  const asked = await readJson(c);
  const file = typeof asked?.['file'] === 'string' ? asked['file'] : '';
  const fault = await checkBackupFile(file);
  if (fault !== undefined) {
    return problemResponse(c, { status: 400, title: 'Bad request', detail: fault });
  }
  try {
    const sizeBytes = await makeBackup(file, store);
    events.operatorActed({ by: who(c), action: 'backup', what: file, deliveries: 0 });
    return c.json({ file, sizeBytes }, 201);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return problemResponse(c, { status: 503, title: 'No backup made', detail: error.message });
  }
}

function addSandbox(api: Hono, source: AdminSource): void {
  api.get('/sandbox/messages', (c) => {
    const page = readPage(c);
    if (typeof page === 'string') {
      return problemResponse(c, { status: 400, title: 'Bad request', detail: page });
    }
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
    summary: summarize({
      figures,
      readiness,
      sending: source.sending?.(),
      now: source.clock.now(),
    }),
    ready: readiness,
    queue: figures && toQueue(figures),
    listeners: source.listeners.map(({ name, host, port }) => ({ name, host, port })),
    // Name and type alone: what else a connection has is nobody's business here.
    connections: source.connections().map(({ name, type }) => ({ name, type })),
    sandbox: source.connections().some(({ type }) => type === 'sandbox'),
  };
}

function toQueue({ deliveries, bodyBytes, oldestReceivedAt }: QueueFigures) {
  return {
    deliveries,
    bodyBytes,
    ...(oldestReceivedAt !== undefined && { oldestReceivedAt: isoTime(oldestReceivedAt) }),
  };
}

function toSandboxMessage(message: SandboxMessageSummary) {
  const { id, sentAt, sendAs, from, recipients, subject, sizeBytes } = message;
  return { id, sentAt: isoTime(sentAt), sendAs, from, recipients, subject, sizeBytes };
}
