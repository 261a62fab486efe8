// The admin server: the operator's page and the API, behind the guards.
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { StoreError, type Clock, type Events } from '../relay/ports.ts';
import { Access, type AccessRule } from './access.ts';
import type { AdminSource } from './admin-source.ts';
import { createApi } from './api.ts';
import { addExplainPage } from './explain-page.ts';
import { requireKnownHost, requireSameOrigin, setSecurityHeaders } from './guard.ts';
import { addMessagePages } from './message-pages.ts';
import { addPages } from './page-routes.ts';
import { findAsset } from './page/assets.ts';
import { loginPage } from './page/login.ts';
import { noticePage } from './page/notice.ts';
import { problemResponse, type Problem } from './problem.ts';
import { readText } from './read-text.ts';
import { WrongTokens } from './wrong-tokens.ts';

export interface AdminOptions extends AdminSource {
  /** The address that the server is bound to. */
  readonly host: string;
  readonly access: AccessRule;
  readonly clock: Pick<Clock, 'now' | 'wait'>;
  /** Whose request it is. Default: whoever is at the other end of the connection. */
  readonly addressOf?: (c: Context) => string;
  readonly events: Pick<Events, 'fault' | 'notice' | 'operatorActed'>;
  /** Good randomness, for the ids of sessions. */
  random(bytes: number): Uint8Array;
}

const maxFormBytes = 4_096;

export function createAdminApp(options: AdminOptions): Hono {
  const access = new Access(options.access, options);
  const app = new Hono();
  app.use(setSecurityHeaders(), requireKnownHost(options), requireSameOrigin());
  addAssets(app);
  const slowDown = createSlowDown(options);
  addLogin(app, { access, slowDown });
  app.use('/api/*', async (c, next) => {
    if (access.isAllowed(c)) return next();
    if (hasToken(c)) await slowDown(c);
    c.header('WWW-Authenticate', 'Bearer realm="graphpost"');
    return problemResponse(c, {
      status: 401,
      title: 'Not authorized',
      detail: 'Send the admin token: "Authorization: Bearer …"',
    });
  });
  app.use(async (c, next) => {
    if (c.req.path.startsWith('/api/') || access.isAllowed(c)) return next();
    if (hasToken(c)) await slowDown(c);
    c.header('WWW-Authenticate', 'Bearer realm="graphpost"');
    return c.html(loginPage(), 401);
  });
  const audited = { ...options, who: (c: Context) => access.who(c) };
  app.route('/api/v1', createApi(audited));
  const frameOf = (c: Context) => ({ source: options, hasSession: access.hasSession(c) });
  addPages(app, { ...audited, frameOf });
  addMessagePages(app, { ...audited, frameOf });
  const { explain: explainer, clients = () => [] } = options;
  if (explainer) addExplainPage(app, { explain: explainer, clients, frameOf });
  app.notFound((c) =>
    explain(c, { status: 404, title: 'Not found', detail: 'There is nothing at this address' }),
  );
  app.onError((error, c) => {
    if (error instanceof StoreError) {
      const detail = 'The store cannot be read at the moment';
      return explain(c, { status: 503, title: 'Store not available', detail });
    }
    options.events.fault({ where: 'http', error });
    const detail = 'The gateway could not look this up; its log says why';
    return explain(c, { status: 500, title: 'Internal error', detail });
  });
  return app;
}

/** A problem for programs, a page for people. */
function explain(c: Context, problem: Problem): Response | Promise<Response> {
  return c.req.path.startsWith('/api/')
    ? problemResponse(c, problem)
    : c.html(noticePage(problem), problem.status);
}

function refuseBody(c: Context): Response {
  const detail = 'A token is not as long as that';
  return problemResponse(c, { status: 413, title: 'Content too large', detail });
}

/** Their names change with their content, so whoever has one need not ask again. */
function addAssets(app: Hono): void {
  app.get('/assets/:path', (c) => {
    const asset = findAsset(c.req.param('path'));
    if (!asset) return c.notFound();
    return c.body(asset.content, 200, {
      'Content-Type': asset.contentType,
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
  });
}

/** Waits before a wrong token is answered. */
type SlowDown = (c: Context) => Promise<void>;

function createSlowDown({ addressOf = remoteAddress, ...options }: AdminOptions): SlowDown {
  const wrongTokens = new WrongTokens(options);
  return (c) => wrongTokens.slowDown(addressOf(c), c.req.raw.signal);
}

function remoteAddress(c: Context): string {
  return getConnInfo(c).remote.address ?? 'nowhere';
}

function hasToken(c: Context): boolean {
  return c.req.header('Authorization') !== undefined;
}

function addLogin(
  app: Hono,
  { access, slowDown }: { readonly access: Access; readonly slowDown: SlowDown },
): void {
  // Where the link on the terminal leads: the token behind its # is put in by the page's script.
  app.get('/login', (c) => (access.needsToken ? c.html(loginPage()) : c.redirect('/', 303)));
  app.post('/login', async (c) => {
    const form = await readText(c, maxFormBytes);
    if (form === undefined) return refuseBody(c);
    const token = new URLSearchParams(form).get('token') ?? '';
    if (access.logIn(c, token.trim())) return c.redirect('/', 303);
    await slowDown(c);
    return c.html(loginPage({ wasWrong: true }), 401);
  });
  app.post('/logout', (c) => {
    access.logOut(c);
    return c.redirect('/', 303);
  });
}
