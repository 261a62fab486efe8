// The first page: how things are and what to do, the ways out, what went lately, and how to send.
import { html } from 'hono/html';
import type { DeliverySummary } from '../../relay/ports.ts';
import type { AdminSource } from '../admin-source.ts';
import { loadSummary, type HowThingsAre } from '../load-summary.ts';
import type { ConnectionView } from '../schema/connection.ts';
import type { FiguresView } from '../schema/figures.ts';
import { chartsSection } from './charts.ts';
import { connectionTable } from './connection-table.ts';
import { deliveryTable } from './delivery-table.ts';
import type { Html } from './layout.ts';
import { startCard } from './start-card.ts';
import { queueTiles, summaryBlock } from './summary-block.ts';

const deliveriesShown = 8;

export interface Overview extends HowThingsAre {
  readonly source: AdminSource;
  readonly now: number;
  /** The newest. Absent when the store could not be read. */
  readonly deliveries: readonly DeliverySummary[] | undefined;
  /** Absent when nobody can tell. */
  readonly connections: readonly ConnectionView[] | undefined;
  /** What came and went. Absent when nobody can tell. */
  readonly lately: FiguresView | undefined;
  readonly isDay: boolean;
}

/** Never rejects: a page that says what is wrong is worth more than none. */
export async function loadOverview(
  source: AdminSource,
  { isDay }: { readonly isDay: boolean },
): Promise<Overview> {
  const [state, page, connections] = await Promise.all([
    loadSummary(source),
    source.store.list({ limit: deliveriesShown }).catch(() => undefined),
    source.views?.connections().catch(() => undefined),
  ]);
  return {
    ...state,
    ...{ source, isDay, connections, now: source.clock.now() },
    deliveries: page?.deliveries,
    lately: source.views?.figures(isDay ? 'day' : 'hour'),
  };
}

export function overviewMain(overview: Overview): Html {
  const { source, summary, figures, lately, isDay, now } = overview;
  const isQueued = source.isQueued !== false;
  const hasMail = hasMailCome(overview);
  return html`<h1 class="visually-hidden">Overview</h1>
    ${summaryBlock(summary)}
    ${isQueued && figures && html`<div id="tiles" data-live>${queueTiles(figures, now)}</div>`}
    ${!hasMail && startCard(source, { isOpen: true, hasMail })}
    ${lately && chartsSection(lately, { isDay })} ${connectionsSection(overview)}
    ${isQueued && messagesSection(overview)}
    ${hasMail && startCard(source, { isOpen: false, hasMail })}`;
}

/** What a queue holds, or, where there is none, what this process has seen in the last hour or day. */
function hasMailCome({ figures, deliveries = [], lately }: Overview): boolean {
  const counts = Object.values(figures?.deliveries ?? {});
  const isSeen = lately?.points.some(({ accepted, delivered }) => accepted + delivered > 0);
  return deliveries.length > 0 || counts.some((count) => count > 0) || isSeen === true;
}

function connectionsSection({ connections, now }: Overview): Html | undefined {
  if (connections === undefined || connections.length === 0) return undefined;
  return html`<section aria-labelledby="connections-title">
    <h2 id="connections-title">Connections</h2>
    <div id="connections" data-live>${connectionTable(connections, now)}</div>
  </section>`;
}

function messagesSection({ deliveries, now }: Overview): Html {
  return html`<section aria-labelledby="messages-title">
    <h2 id="messages-title" class="title">
      Last messages <small><a href="/messages">Search all</a></small>
    </h2>
    <div id="list" data-live>
      ${deliveries === undefined && html`<p class="empty">The store cannot be read.</p>`}
      ${deliveries?.length === 0 && html`<p class="empty">No message has come in yet.</p>`}
      ${deliveries && deliveries.length > 0 && deliveryTable(deliveries, now)}
    </div>
  </section>`;
}
