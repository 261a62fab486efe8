// The first page: how things are, how to send, what came, and what the sandbox holds.
import { html } from 'hono/html';
import { deliveryStates } from '../../core/delivery.ts';
import type {
  DeliveryPage,
  DeliverySummary,
  QueueFigures,
  SandboxMessageSummary,
} from '../../relay/ports.ts';
import type { AdminSource } from '../admin-source.ts';
import { toFilter, type FilterFields } from '../delivery-filter.ts';
import { readinessOf } from '../readiness.ts';
import { summarize, type Summary } from '../summary.ts';
import { formatCount, stateWords } from '../words.ts';
import { deliveryTable } from './delivery-table.ts';
import { layout, type Html } from './layout.ts';
import { sandboxTable } from './sandbox-table.ts';
import { searchForm } from './search-form.ts';
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
  /** Set on pages after the first: where it begins. */
  readonly before: string | undefined;
  /** What was searched for; empty: all are listed. */
  readonly fields: FilterFields;
  /** Where the next page begins; absent on the last page. */
  readonly next: string | undefined;
  /** Absent where no connection is the sandbox. */
  readonly sandbox: readonly SandboxMessageSummary[] | undefined;
}

/** Never rejects: a page that says what is wrong is worth more than none. */
export async function loadOverview(
  source: AdminSource,
  { before, fields }: Pick<Overview, 'before' | 'fields'>,
): Promise<Overview> {
  const now = source.clock.now();
  const [readiness, figures, page] = await Promise.all([
    readinessOf(source.ready),
    source.store.figures().catch(() => undefined),
    listFound(source, { before, fields }).catch(() => undefined),
  ]);
  return {
    source,
    now,
    summary: summarize({ figures, readiness, sending: source.sending?.(), now }),
    figures,
    deliveries: page?.deliveries,
    before,
    fields,
    next: page?.next,
    sandbox: source.sandbox?.list(),
  };
}

/** A search that makes no sense finds nothing. */
async function listFound(
  { store }: AdminSource,
  { before, fields }: Pick<Overview, 'before' | 'fields'>,
): Promise<DeliveryPage> {
  const filter = toFilter(fields);
  if (typeof filter === 'string') return { deliveries: [] };
  return await store.list({
    ...filter,
    limit: deliveriesPerPage,
    ...(before !== undefined && { before }),
  });
}

export function overviewPage(overview: Overview & { readonly hasSession: boolean }): Html {
  const { source, deliveries, sandbox } = overview;
  const isFirst = overview.before === undefined && !isSearch(overview);
  return layout({
    title: `Graphpost on ${source.hostname}`,
    refreshes: true,
    body: html`${banner(source)} ${pageHeader(overview)}
      <main>
        ${stateSection(overview)}
        ${isFirst && startCard(source, { isOpen: deliveries?.length === 0 })}
        <section id="messages" aria-labelledby="messages-title">
          <h2 id="messages-title">${titleOf(overview)}</h2>
          ${searchForm(overview.fields)}
          <div id="list" data-live>${deliveriesOf(overview)} ${pager(overview)}</div>
        </section>
        ${sandbox !== undefined && isFirst && sandboxSection(sandbox, overview.now)}
      </main>
      <footer>
        <p>
          Times of day are UTC. Everything here is also data:
          <a href="/api/v1/status">/api/v1/status</a>,
          <a href="/api/v1/messages">/api/v1/messages</a>.
          ${source.explain && html`<a href="/explain">What would become of a message?</a>`}
        </p>
      </footer>`,
  });
}

function isSearch({ fields }: Pick<Overview, 'fields'>): boolean {
  return Object.keys(fields).length > 0;
}

function titleOf({ fields }: Overview): string {
  const { state, ...others } = fields;
  if (Object.keys(others).length > 0) return 'Messages found';
  return state === undefined ? 'Last messages' : `Messages that are ${state}`;
}

function deliveriesOf({ deliveries, before, next, fields, now }: Overview): Html {
  if (deliveries === undefined) return html`<p class="empty">The store cannot be read.</p>`;
  if (deliveries.length > 0) return deliveryTable(deliveries, now);
  return html`<p class="empty">${noneText({ before, next, fields })}</p>`;
}

function noneText({ before, next, fields }: Pick<Overview, 'before' | 'next' | 'fields'>): string {
  if (next !== undefined) return 'Nothing here yet: the search goes on with the older ones.';
  if (before !== undefined) return 'There is nothing older.';
  return isSearch({ fields }) ? 'No message is like that.' : 'No message has come in yet.';
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

function pager({ before, next, fields }: Overview): Html | undefined {
  const isFiltered = isSearch({ fields });
  if (before === undefined && next === undefined && !isFiltered) return undefined;
  return html`<nav class="pager" aria-label="Pages">
    ${isFiltered && html`<a href="/">All messages</a>`}
    ${before !== undefined && html`<a href="${addressOf(fields)}">Newest</a>`}
    ${next !== undefined && html`<a href="${addressOf({ ...fields, before: next })}">Older</a>`}
  </nav>`;
}

function addressOf(query: Readonly<Record<string, string>>): string {
  return `/?${new URLSearchParams(query).toString()}#messages`;
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
