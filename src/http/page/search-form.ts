// The search over the list of messages: what to look for among all that are kept.
import { html } from 'hono/html';
import { deliveryStates } from '../../core/delivery.ts';
import type { AdminSource } from '../admin-source.ts';
import type { FilterFields, FilterName } from '../delivery-filter.ts';
import type { Html } from './layout.ts';

type Known = Pick<AdminSource, 'clients' | 'connections'>;

/** Sent as a query, so that what was found has an address of its own. */
export function searchForm(fields: FilterFields, { clients, connections }: Known): Html {
  const states = deliveryStates.map((state) => option(state, fields.state));
  const ways = connections().map(({ name }) => option(name, fields.connection));
  return html`<form class="search" method="get" action="/messages" role="search">
    ${text('address', 'Address', { fields, hint: 'sender or recipient', isWide: true })}
    ${text('subject', 'Subject', { fields, hint: 'a part of it', isWide: true })}
    ${choice('state', 'State', states)}
    ${text('client', 'Client', { fields, hint: 'its name', known: clients?.() ?? [] })}
    ${text('route', 'Route', { fields, hint: 'its name' })}
    ${choice('connection', 'Connection', ways)}
    ${text('since', 'From (UTC)', { fields, type: 'datetime-local' })}
    ${text('until', 'Until (UTC)', { fields, type: 'datetime-local' })}
    <div class="acts">
      <button type="submit">Search</button>
      ${Object.keys(fields).length > 0 && html`<a href="/messages">All messages</a>`}
    </div>
  </form>`;
}

interface TextField {
  readonly fields: FilterFields;
  readonly hint?: string;
  readonly type?: string;
  readonly isWide?: boolean;
  /** Values that there are. */
  readonly known?: readonly string[];
}

function text(
  name: FilterName,
  label: string,
  { fields, hint = '', type = 'text', isWide = false, known = [] }: TextField,
): Html {
  const list = `known-${name}`;
  return html`<div class="${isWide ? 'wide' : ''}">
    <label for="search-${name}">${label}</label>
    <input
      id="search-${name}"
      name="${name}"
      type="${type}"
      value="${type === 'datetime-local' ? localTime(fields[name]) : (fields[name] ?? '')}"
      placeholder="${hint}"
      autocomplete="off"
      ${known.length > 0 ? html`list="${list}"` : ''}
    />
    ${
      known.length > 0 &&
      html`<datalist id="${list}">
        ${known.map((value) => html`<option value="${value}"></option>`)}
      </datalist>`
    }
  </div>`;
}

function choice(name: FilterName, label: string, options: readonly Html[]): Html {
  return html`<div>
    <label for="search-${name}">${label}</label>
    <select id="search-${name}" name="${name}">
      <option value="">any</option>
      ${options}
    </select>
  </div>`;
}

function option(value: string, asked: string | undefined): Html {
  return html`<option value="${value}" ${value === asked ? 'selected' : ''}>${value}</option>`;
}

/** As the field takes it; an API's time has a zone and seconds. */
function localTime(given: string | undefined): string {
  if (given === undefined) return '';
  const isLocal = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(given);
  return isLocal ? given.slice(0, 16) : '';
}
