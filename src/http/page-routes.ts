// The pages that show how things are, and the test e-mail's form.
import type { Context, Hono } from 'hono';
import type { Events, SandboxMailbox } from '../relay/ports.ts';
import type { AdminSource } from './admin-source.ts';
import { fieldsOfQuery } from './delivery-filter.ts';
import { clientsTable } from './page/clients-table.ts';
import { connectionCards } from './page/connection-cards.ts';
import { framed, type Frame } from './page/frame.ts';
import { loadMessages, messagesMain } from './page/messages.ts';
import { loadOverview, overviewMain } from './page/overview.ts';
import { livePart, livePage } from './page/live-part.ts';
import { sandboxMain } from './page/sandbox-list.ts';
import { sandboxMessageMain } from './page/sandbox-message.ts';
import { addSignInPage } from './sign-in-page.ts';
import { addTestPage } from './test-page.ts';

export interface PageOptions extends AdminSource {
  readonly events: Pick<Events, 'operatorActed'>;
  /** How the one who asks has shown that he may: for the audit log. */
  readonly who: (c: Context) => string;
  readonly frameOf: (c: Context) => Frame;
}

export function addPages(app: Hono, options: PageOptions): void {
  addOverview(app, options);
  addMessageList(app, options);
  addConnections(app, options);
  addClients(app, options);
  if (options.sandbox) addSandbox(app, { ...options, sandbox: options.sandbox });
  if (options.signIns) addSignInPage(app, { ...options, signIns: options.signIns });
  if (options.tester) addTestPage(app, { ...options, tester: options.tester });
}

function addOverview(app: Hono, options: PageOptions): void {
  app.get('/', async (c) => {
    const isDay = c.req.query('window') === 'day';
    const main = overviewMain(await loadOverview(options, { isDay }));
    const page = { title: 'Overview', entry: '/', main, isLive: true, hasCharts: true };
    return c.html(framed(options.frameOf(c), page));
  });
}

function addMessageList(app: Hono, options: PageOptions): void {
  app.get('/messages', async (c) => {
    const fields = fieldsOfQuery((name) => c.req.query(name));
    const list = await loadMessages(options, { fields, before: c.req.query('before') });
    const main = messagesMain(list, { source: options, now: options.clock.now() });
    return c.html(
      framed(options.frameOf(c), { title: 'Messages', entry: '/messages', main, isLive: true }),
    );
  });
}

function addConnections(app: Hono, options: PageOptions): void {
  app.get('/connections', async (c) => {
    const connections = (await options.views?.connections()) ?? [];
    const canSignIn = options.signIns !== undefined;
    const cards = connectionCards(connections, { now: options.clock.now(), canSignIn });
    const shown = livePart('ways', cards, {
      isEmpty: connections.length === 0,
      whenEmpty: 'The configuration has no connections.',
    });
    return c.html(
      livePage(options.frameOf(c), { title: 'Connections', entry: '/connections', shown }),
    );
  });
}

function addClients(app: Hono, options: PageOptions): void {
  app.get('/clients', (c) => {
    const clients = options.views?.clients() ?? [];
    const shown = livePart(
      'seen',
      clientsTable(clients, {
        now: options.clock.now(),
        isQueued: options.isQueued !== false,
      }),
      {
        isEmpty: clients.length === 0,
        whenEmpty: 'Nobody has come since the start of this process.',
      },
    );
    return c.html(
      livePage(options.frameOf(c), { title: 'Clients seen', entry: '/clients', shown }),
    );
  });
}

function addSandbox(app: Hono, options: PageOptions & { readonly sandbox: SandboxMailbox }): void {
  const { sandbox, clock, frameOf } = options;
  app.get('/sandbox', (c) => {
    const main = sandboxMain(sandbox.list(), { ...options, now: clock.now() });
    return c.html(framed(frameOf(c), { title: 'Sandbox', entry: '/sandbox', main, isLive: true }));
  });
  app.get('/sandbox/:id', async (c) => {
    const message = await sandbox.get(c.req.param('id'));
    if (message === undefined) return c.notFound();
    const main = sandboxMessageMain(message, { now: clock.now() });
    const title = message.subject || 'No subject';
    return c.html(framed(frameOf(c), { title, entry: '/sandbox', main }));
  });
}
