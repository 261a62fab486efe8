// The first page: how things are, how to send, what came, and what the sandbox holds.
import { html } from 'hono/html';
import { deliveryStates, type DeliveryState } from '../../core/delivery.ts';
import type { DeliverySummary, QueueFigures, SandboxMessageSummary } from '../../relay/ports.ts';
import type { AdminSource } from '../admin-source.ts';
import { readinessOf } from '../readiness.ts';
import { summarize, type Summary } from '../summary.ts';
import { formatCount, stateWords } from '../words.ts';
import { deliveryTable } from './delivery-table.ts';
import { layout, type Html } from './layout.ts';
import { sandboxTable } from './sandbox-table.ts';
import { startCard } from './start-card.ts';

const deliveriesPerPage = 20;
const sandboxMessagesShown = 20;

export interface Overview {
  readonly source: AdminSource;
  readonly now: number;
  readonly summary: Summary;
  /** Absent when the store could not be read. */
  readonly figures: QueueFigures | undefined;
  /** Absent when the store could not be read. */
  readonly deliveries: readonly DeliverySummary[] | undefined;
  /** Set on pages after the first: the delivery that the page before ended with. */
  readonly before: string | undefined;
  /** The only state that is listed; absent: all. */
  readonly state: DeliveryState | undefined;
  /** What the next page begins after; absent on the last page. */
  readonly next: string | undefined;
  /** Absent where no connection is the sandbox. */
  readonly sandbox: readonly SandboxMessageSummary[] | undefined;
}

/** Never rejects: a page that says what is wrong is worth more than none. */
export async function loadOverview(
  source: AdminSource,
  { before, state }: Pick<Overview, 'before' | 'state'>,
): Promise<Overview> {
  const now = source.clock.now();
  const limit = deliveriesPerPage + 1;
  const [readiness, figures, found] = await Promise.all([
    readinessOf(source.ready),
    source.store.figures().catch(() => undefined),
    source.store
      .list({ limit, ...(before !== undefined && { before }), ...(state && { state }) })
      .catch(() => undefined),
  ]);
  const deliveries = found?.slice(0, deliveriesPerPage);
  return {
    source,
    now,
    summary: summarize({ figures, readiness, now }),
    figures,
    deliveries,
    before,
    state,
    next: found?.[deliveriesPerPage] && deliveries?.at(-1)?.id,
    sandbox: source.sandbox?.list(),
  };
}

export function overviewPage(overview: Overview & { readonly hasSession: boolean }): Html {
  const { source, deliveries, sandbox } = overview;
  const isFirst = overview.before === undefined && overview.state === undefined;
  return layout({
    title: `Graphpost on ${source.hostname}`,
    refreshes: true,
    body: html`${banner(source)} ${pageHeader(overview)}
      <main>
        ${stateSection(overview)}
        ${isFirst && startCard(source, { isOpen: deliveries?.length === 0 })}
        <section id="messages" data-live aria-labelledby="messages-title">
          <h2 id="messages-title">${titleOf(overview)}</h2>
          ${deliveriesOf(overview)} ${pager(overview)}
        </section>
        ${sandbox !== undefined && isFirst && sandboxSection(sandbox, overview.now)}
      </main>
      <footer>
        <p>
          Times of day are UTC. Everything here is also data:
          <a href="/api/v1/status">/api/v1/status</a>,
          <a href="/api/v1/messages">/api/v1/messages</a>.
        </p>
      </footer>`,
  });
}

function titleOf({ state }: Overview): string {
  return state === undefined ? 'Last messages' : `Messages that are ${state}`;
}

function deliveriesOf({ deliveries, before, state, now }: Overview): Html {
  if (deliveries === undefined) return html`<p class="empty">The store cannot be read.</p>`;
  if (deliveries.length > 0) return deliveryTable(deliveries, now);
  const none = state === undefined ? 'No message has come in yet.' : `No message is ${state}.`;
  const text = before === undefined ? none : 'There is nothing older.';
  return html`<p class="empty">${text}</p>`;
}

function banner({ connections }: AdminSource): Html | undefined {
  const sandboxes = connections.filter(({ type }) => type === 'sandbox').map(({ name }) => name);
  if (sandboxes.length === 0) return undefined;
  const isAll = sandboxes.length === connections.length;
  const where = isAll ? '.' : ` by way of ${sandboxes.join(', ')}.`;
  return html`<aside class="banner" aria-label="Sandbox">
    <strong>Nothing leaves this machine${where}</strong>
    ${isAll ? 'Every message' : 'What is routed there'} ends in the
    <a href="/#sandbox">sandbox mailbox</a>.
  </aside>`;
}

function pageHeader({
  source,
  hasSession,
}: Pick<Overview, 'source'> & { readonly hasSession: boolean }): Html {
  return html`<header>
    <h1>Graphpost</h1>
    <p class="muted">${source.hostname} · ${source.version}</p>
    <div class="tools">
      <label class="switch" id="refresh" hidden
        ><input type="checkbox" checked /> Refresh every 5 seconds</label
      >
      ${
        hasSession &&
        html`<form method="post" action="/logout"><button type="submit">Sign out</button></form>`
      }
    </div>
  </header>`;
}

function stateSection({ summary, figures }: Overview): Html {
  return html`<section id="state" data-live aria-label="State">
    <p class="summary ${summary.tone}" role="status">${summary.text}</p>
    ${
      figures !== undefined &&
      html`<dl class="tiles">
        ${deliveryStates.map((state) => tile(state, figures.deliveries[state]))}
      </dl>`
    }
  </section>`;
}

function tile(state: keyof typeof stateWords, count: number): Html {
  return html`<div class="${count === 0 ? 'none' : ''}">
    <dt><a class="badge ${state}" href="/?state=${state}#messages">${state}</a></dt>
    <dd>${count.toLocaleString('en')}<small>${stateWords[state]}</small></dd>
  </div>`;
}

function pager({ before, next, state }: Overview): Html | undefined {
  if (before === undefined && next === undefined && state === undefined) return undefined;
  const filter = state === undefined ? '' : `state=${state}&`;
  return html`<nav class="pager" aria-label="Pages">
    ${state !== undefined && html`<a href="/">All messages</a>`}
    ${before !== undefined && html`<a href="/?${filter}">Newest</a>`}
    ${next !== undefined && html`<a href="/?${filter}before=${encodeURIComponent(next)}">Older</a>`}
  </nav>`;
}

function sandboxSection(messages: readonly SandboxMessageSummary[], now: number): Html {
  const shown = messages.slice(0, sandboxMessagesShown);
  return html`<section id="sandbox" data-live aria-labelledby="sandbox-title">
    <h2 id="sandbox-title">Sandbox mailbox</h2>
    ${
      shown.length === 0
        ? html`<p class="empty">
            Empty. What the gateway sends will show here as Exchange would have it.
          </p>`
        : sandboxTable(shown, now)
    }
    ${
      messages.length > shown.length &&
      html`<p class="muted">
        The latest ${shown.length} of ${formatCount(messages.length, 'message')}.
      </p>`
    }
  </section>`;
}
