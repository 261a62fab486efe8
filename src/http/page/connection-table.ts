// The ways out in short, for the overview.
import { html } from 'hono/html';
import type { ConnectionView } from '../schema/connection.ts';
import { stateBadge } from './connection-cards.ts';
import { timeOf } from './fragments.ts';
import type { Html } from './layout.ts';

export function connectionTable(connections: readonly ConnectionView[], now: number): Html {
  return html`<table class="ways" role="table">
    <caption class="visually-hidden">
      Connections
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">State</th>
        <th role="columnheader" scope="col">Name</th>
        <th role="columnheader" scope="col">As whom, and what is wrong</th>
        <th role="columnheader" scope="col">In flight</th>
        <th role="columnheader" scope="col">Last mail</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${connections.map((connection) => row(connection, now))}
    </tbody>
  </table>`;
}

function row(connection: ConnectionView, now: number): Html {
  const { name, identity, inFlight, limitPerLane, lanes, lastSuccessAt } = connection;
  return html`<tr role="row">
    <td role="cell" class="head aside" data-label="State">${stateBadge(connection)}</td>
    <td role="cell" class="head time" data-label="Name">
      <a href="/connections#connection-${name}"><strong>${name}</strong></a>
    </td>
    <td role="cell" class="head wide" data-label="As whom, and what is wrong">
      <bdi>${identity.text}</bdi> ${wrong(connection)}
    </td>
    <td role="cell" data-label="In flight">
      ${inFlight} <small>of ${limitPerLane * Math.max(1, lanes)}</small>
    </td>
    <td role="cell" data-label="Last mail">
      ${lastSuccessAt === undefined ? html`<span class="muted">none yet</span>` : timeOf(Date.parse(lastSuccessAt), now)}
    </td>
  </tr>`;
}

function wrong({ holds, lastTrouble, troubleIsOver }: ConnectionView): Html | undefined {
  const [first] = holds;
  const problem = first ? `${first.what} waits: ${first.problem}` : lastTrouble?.problem;
  if (problem === undefined || (first === undefined && troubleIsOver)) return undefined;
  return html`<p class="trouble"><bdi>${problem}.</bdi></p>`;
}
