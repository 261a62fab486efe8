// The list of messages: search, filters, and a page of what was found.
import { html } from 'hono/html';
import { formatId } from '../../core/id.ts';
import type { DeliveryFilter, DeliveryPage } from '../../relay/ports.ts';
import type { AdminSource } from '../admin-source.ts';
import { toFilter, type FilterFields } from '../delivery-filter.ts';
import { deliveryTable } from './delivery-table.ts';
import type { Html } from './layout.ts';
import { searchForm } from './search-form.ts';

const deliveriesPerPage = 30;

export interface MessageList {
  /** What was searched for; empty: all are listed. */
  readonly fields: FilterFields;
  /** Set on pages after the first: where it begins. */
  readonly before: string | undefined;
  /** Absent when the store could not be read. */
  readonly page: DeliveryPage | undefined;
  /** What makes no sense in the search, as a sentence. */
  readonly fault?: string;
}

/** Never rejects. A search that makes no sense finds nothing, and says why. */
export async function loadMessages(
  { store }: Pick<AdminSource, 'store'>,
  { before, fields }: Pick<MessageList, 'before' | 'fields'>,
): Promise<MessageList> {
  const filter = toFilter(fields);
  if (typeof filter === 'string') {
    return { fields, before, page: { deliveries: [] }, fault: filter };
  }
  const start = before ?? newestIdOf(filter);
  const from = start === undefined ? {} : { before: start };
  const asked = store.list({ ...filter, ...from, limit: deliveriesPerPage });
  const page = await asked.catch(() => undefined);
  return { fields, before, page: page && endingAt(filter, page) };
}

/** Ids begin with a time, so a search by time need not look at what is newer or older: of many messages, most. */
function newestIdOf({ receivedBefore }: DeliveryFilter): string | undefined {
  return receivedBefore === undefined ? undefined : idAt(receivedBefore + idSlackMs);
}

function endingAt({ receivedFrom }: DeliveryFilter, page: DeliveryPage): DeliveryPage {
  if (receivedFrom === undefined || page.next === undefined) return page;
  const isOlder = page.next < idAt(Math.max(0, receivedFrom - idSlackMs));
  return isOlder ? { deliveries: page.deliveries } : page;
}

/** An id is made when a message begins to arrive, and clocks are set. */
const idSlackMs = 3_600_000;

/** No id of that time or later sorts before it. */
function idAt(time: number): string {
  return formatId(time, new Uint8Array(7));
}

export function messagesMain(
  list: MessageList,
  { source, now }: { readonly source: AdminSource; readonly now: number },
): Html {
  return html`<h1>${titleOf(list)}</h1>
    <section aria-label="Messages">
      ${searchForm(list.fields, source)}
      ${list.fault !== undefined && html`<p class="error" role="alert">${list.fault}.</p>`}
      <div id="list" data-live>${deliveriesOf(list, now)} ${pager(list)}</div>
    </section>`;
}

function titleOf({ fields }: MessageList): string {
  const { state, ...others } = fields;
  if (Object.keys(others).length > 0) return 'Messages found';
  return state === undefined ? 'Messages' : `Messages that are ${state}`;
}

function deliveriesOf(list: MessageList, now: number): Html {
  const { page } = list;
  if (page === undefined) return html`<p class="empty">The store cannot be read.</p>`;
  if (page.deliveries.length > 0) return deliveryTable(page.deliveries, now);
  return html`<p class="empty">${noneText(list)}</p>`;
}

function noneText({ before, page, fields }: MessageList): string {
  if (page?.next !== undefined) return 'Nothing here yet: the search goes on with the older ones.';
  if (before !== undefined) return 'There is nothing older.';
  const isSearch = Object.keys(fields).length > 0;
  return isSearch ? 'No message is like that.' : 'No message has come in yet.';
}

function pager({ before, page, fields }: MessageList): Html | undefined {
  const next = page?.next;
  if (before === undefined && next === undefined) return undefined;
  return html`<nav class="pager" aria-label="Pages">
    ${before !== undefined && html`<a href="${addressOf(fields)}">Newest</a>`}
    ${next !== undefined && html`<a href="${addressOf({ ...fields, before: next })}">Older</a>`}
  </nav>`;
}

function addressOf(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '/messages' : `/messages?${text}`;
}
