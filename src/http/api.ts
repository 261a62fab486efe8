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
import { addMessages } from './messages-api.ts';
import { loadSummary } from './load-summary.ts';
import { describeApi } from './openapi.ts';
import { notFound, problemResponse } from './problem.ts';
import { badRequest, serveRoute } from './route.ts';
import * as routes from './routes.ts';
import { pageOf } from './schema/page.ts';
import { addSignInApi } from './sign-in-api.ts';
import { addTestApi } from './test-api.ts';
import { isoTime } from './time-text.ts';
import { addViews } from './views-api.ts';

export interface ApiOptions extends AdminSource {
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may: for the audit log. */
  readonly who: (c: Context) => string;
}

export function createApi(options: ApiOptions): Hono {
  const api = new Hono();
  serveRoute(api, routes.getStatus, () => describeStatus(options));
  addViews(api, options);
  addMessages(api, options);
  const { version, explain, tester, signIns } = options;
  if (explain) addExplainApi(api, explain);
  if (signIns) addSignInApi(api, { ...options, signIns });
  if (tester) addTestApi(api, { ...options, tester });
  addSandbox(api, options);
  serveRoute(api, routes.postBackup, ({ c, body: { file } }) => backup(c, file, options));
  serveRoute(api, routes.getOpenApi, () => describeApi({ version, routes: routes.apiRoutes }));
  api.notFound(notFound);
  return api;
}

async function backup(c: Context, file: string, { store, events, who }: ApiOptions) {
  const fault = await checkBackupFile(file);
  if (fault !== undefined) return badRequest(c, fault);
  try {
    const sizeBytes = await makeBackup(file, store);
    events.operatorActed({ by: who(c), action: 'backup', what: file, deliveries: 0 });
    return { file, sizeBytes };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return problemResponse(c, { status: 503, title: 'No backup made', detail: error.message });
  }
}

function addSandbox(api: Hono, { sandbox }: AdminSource): void {
  serveRoute(api, routes.getSandboxMessages, ({ query }) => {
    const { page, ...rest } = pageOf(sandbox?.list() ?? [], query, ({ id }) => id);
    return { messages: page.map(toSandboxMessage), ...rest };
  });
  serveRoute(api, routes.getSandboxMessage, async ({ c, id }) => {
    const message = await sandbox?.get(id);
    if (message === undefined) return notFound(c);
    const { to, cc, bcc, text, html, attachments } = message;
    return { ...toSandboxMessage(message), to, cc, bcc, text, html, attachments };
  });
  serveRoute(api, routes.getRawSandboxMessage, async ({ c, id }) => {
    const message = await sandbox?.get(id);
    if (message === undefined) return notFound(c);
    const name = message.id.replaceAll(/[^\w-]/g, '_');
    return c.body(Uint8Array.from(message.raw), 200, {
      'Content-Type': 'message/rfc822',
      'Content-Disposition': `attachment; filename="${name}.eml"`,
    });
  });
}

async function describeStatus(source: AdminSource) {
  const { version, hostname } = source;
  const { summary, readiness, figures } = await loadSummary(source);
  return {
    version,
    hostname,
    summary,
    ready: readiness,
    queue: figures && toQueue(figures),
    listeners: source.listeners.map(({ name, host, port }) => ({ name, host, port })),
    // Name and type alone: what else a connection has is nobody's business here.
    connections: source.connections().map(({ name, type }) => ({ name, type })),
    sandbox: source.connections().some(({ type }) => type === 'sandbox'),
  };
}

function toQueue({ deliveries, bodyBytes, oldestReceivedAt, oldestByState = {} }: QueueFigures) {
  return {
    deliveries,
    bodyBytes,
    ...(oldestReceivedAt !== undefined && { oldestReceivedAt: isoTime(oldestReceivedAt) }),
    oldestByState: Object.fromEntries(
      Object.entries(oldestByState).map(([state, at]) => [state, isoTime(at)]),
    ),
  };
}

function toSandboxMessage(message: SandboxMessageSummary) {
  const { id, sentAt, sendAs, from, recipients, subject, sizeBytes } = message;
  return { id, sentAt: isoTime(sentAt), sendAs, from, recipients, subject, sizeBytes };
}
