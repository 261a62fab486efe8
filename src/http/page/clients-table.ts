// The addresses that mail came from, or was meant to: what became of the last, and what to change so that it is taken.
import { html } from 'hono/html';
import type { ClientView, RefusalView } from '../schema/client.ts';
import { copyable, timeOf } from './fragments.ts';
import type { Html } from './layout.ts';

export interface ClientsTable {
  readonly now: number;
  /** Messages are kept, and have pages. */
  readonly isQueued: boolean;
}

export function clientsTable(clients: readonly ClientView[], shown: ClientsTable): Html {
  return html`<table class="seen" role="table">
    <caption class="visually-hidden">
      Clients, seen last first
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Address</th>
        <th role="columnheader" scope="col">Last seen</th>
        <th role="columnheader" scope="col">What became of it</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${clients.map((client) => row(client, shown))}
    </tbody>
  </table>`;
}

function row(client: ClientView, shown: ClientsTable): Html {
  const { now } = shown;
  const { ip, clients, lastSeenAt, listener, tls, login } = client;
  const how = [
    `listener ${listener}`,
    ...(tls === undefined ? [] : [tls ? 'with TLS' : 'without TLS']),
    ...(login === undefined ? [] : [`logged in as ${login}`]),
  ];
  return html`<tr role="row">
    <td role="cell" class="head time" data-label="Address">
      <strong><bdi>${ip}</bdi></strong>
      ${clients.length > 0 && html`<small>${clients.join(', ')}</small>`}
    </td>
    <td role="cell" class="head aside" data-label="Last seen">
      ${timeOf(Date.parse(lastSeenAt), now)} <small><bdi>${how.join(', ')}</bdi></small>
    </td>
    <td role="cell" class="head wide" data-label="What became of it">
      ${accepted(client, shown)} ${client.lastRefusal && refused(client.lastRefusal, { ip, now })}
    </td>
  </tr>`;
}

function accepted({ lastAccepted }: ClientView, { now, isQueued }: ClientsTable): Html | undefined {
  if (!lastAccepted) return undefined;
  const { id, at } = lastAccepted;
  return html`<p>
    <span class="badge taken">taken</span>
    ${isQueued ? html`<a href="/messages/${encodeURIComponent(id)}">${id}</a>` : id}
    ${timeOf(Date.parse(at), now)}
  </p>`;
}

function refused(
  { at, stage, reply, cause, sender, isOver, advice }: RefusalView,
  { ip, now }: { readonly ip: string; readonly now: number },
): Html {
  const id = `allow-${ip.replaceAll(/[^0-9a-z]/gi, '-')}`;
  return html`<div class="trouble ${isOver ? 'over' : ''}">
    <p>
      <span class="badge ${isOver ? '' : 'refused'}"
        >${isOver ? 'was refused before' : 'refused'}</span
      >
      at ${stage.toUpperCase()} ${timeOf(Date.parse(at), now)}
    </p>
    <p><bdi>${cause}</bdi></p>
    <p>
      ${
        sender !== undefined &&
        html`MAIL FROM <code><bdi>${sender === '' ? '<>' : sender}</bdi></code
          >;`
      }
      it was told <code><bdi>${reply}</bdi></code>
    </p>
    ${
      advice &&
      !isOver &&
      html`<details id="${id}">
        <summary>How to allow it</summary>
        <p><bdi>${advice.text}.</bdi></p>
        ${advice.yaml !== undefined && copyable(`${id}-yaml`, { text: advice.yaml, what: `lines for the configuration that allow ${ip}` })}
      </details>`
    }
  </div>`;
}
