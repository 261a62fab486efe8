// What stands around every page of somebody who is let in: where he is, where else to go, and whether mail really leaves.
import { html } from 'hono/html';
import type { AdminSource } from '../admin-source.ts';
import { layout, type Html } from './layout.ts';

export interface Frame {
  readonly source: AdminSource;
  /** He came by the form, and may sign out. */
  readonly hasSession: boolean;
}

export interface FramedPage {
  /** Without the name of the product. */
  readonly title: string;
  /** Path of the entry that the page belongs to. */
  readonly entry?: string;
  readonly main: Html;
  /** Parts of it bring themselves up to date. */
  readonly isLive?: boolean;
  readonly hasCharts?: boolean;
}

export function framed(frame: Frame, page: FramedPage): Html {
  const { hostname, version } = frame.source;
  const { title, main, hasCharts = false } = page;
  return layout({
    title: `${title} · Graphpost on ${hostname}`,
    hasCharts,
    body: html`<a class="skip" href="#main">Skip to the content</a>
      ${pageHeader(frame, page)} ${banner(frame.source)}
      <main id="main" tabindex="-1">${main}</main>
      <footer>
        <p>
          ${hostname} · Graphpost ${version}. Times of day are UTC. Everything here is also data:
          <a href="/api/v1/status">/api/v1/status</a>.
        </p>
      </footer>`,
  });
}

function pageHeader({ source, hasSession }: Frame, { entry, isLive = false }: FramedPage): Html {
  return html`<header class="top">
    <a class="brand" href="/">Graphpost</a>
    <nav aria-label="Main">
      <ul>
        ${entriesOf(source).map(
          ({ path, name }) =>
            html`<li>
              <a href="${path}" ${path === entry ? html`aria-current="page"` : ''}>${name}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <div class="tools">
      ${
        isLive &&
        html`<label class="switch" id="refresh" hidden
          ><input type="checkbox" checked /> Live</label
        >`
      }
      ${
        hasSession &&
        html`<form method="post" action="/logout">
          <button class="quiet" type="submit">Sign out</button>
        </form>`
      }
    </div>
  </header>`;
}

interface Entry {
  readonly path: string;
  readonly name: string;
}

/** Only what this gateway has. */
function entriesOf(source: AdminSource): readonly Entry[] {
  const entry = (path: string, name: string, isThere: boolean): readonly Entry[] =>
    isThere ? [{ path, name }] : [];
  return [
    ...entry('/', 'Overview', true),
    ...entry('/messages', 'Messages', source.isQueued !== false),
    ...entry('/connections', 'Connections', true),
    ...entry('/clients', 'Clients', true),
    ...entry('/test', 'Test e-mail', source.tester !== undefined),
    ...entry('/explain', 'Explain', source.explain !== undefined),
    ...entry('/sandbox', 'Sandbox', source.sandbox !== undefined),
  ];
}

function banner(source: AdminSource): Html | undefined {
  const connections = source.connections();
  const sandboxes = connections.filter(({ type }) => type === 'sandbox').map(({ name }) => name);
  if (sandboxes.length === 0) return undefined;
  const isAll = sandboxes.length === connections.length;
  const where = isAll ? '.' : ` by way of ${sandboxes.join(', ')}.`;
  return html`<aside class="banner" aria-label="Sandbox">
    <strong>Nothing leaves this machine${where}</strong>
    ${isAll ? 'Every message' : 'What is routed there'} ends in the
    <a href="/sandbox">sandbox mailbox</a>.
  </aside>`;
}
