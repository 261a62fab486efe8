// The table of the attempts to hand a delivery on, oldest first.
import { html } from 'hono/html';
import type { Attempt } from '../../core/delivery.ts';
import { wasTried } from '../../core/outcome.ts';
import { readDiagnostic } from '../diagnostic.ts';
import { formatElapsed, toSentence, troubleOf, type Trouble } from '../words.ts';
import { timeOf, withCommands } from './fragments.ts';
import type { Html } from './layout.ts';

export function attemptTable(attempts: readonly Attempt[], now: number): Html {
  if (attempts.length === 0) return html`<p class="empty">It was not tried yet.</p>`;
  return html`<table class="attempts" role="table">
    <caption class="visually-hidden">
      Attempts, oldest first
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Attempt</th>
        <th role="columnheader" scope="col">What came of it</th>
        <th role="columnheader" scope="col">By</th>
        <th role="columnheader" scope="col">Took</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${attempts.map((attempt) => row(attempt, now))}
    </tbody>
  </table>`;
}

function row({ number, connection, startedAt, endedAt, outcome, passage }: Attempt, now: number) {
  const isTry = wasTried(outcome);
  return html`<tr role="row">
    <td role="cell" class="head time" data-label="Attempt">
      ${isTry ? number : 'Not tried'}: ${timeOf(startedAt, now)}
    </td>
    <td role="cell" class="head wide" data-label="What came of it">
      <strong>${outcome.kind}</strong> <code>${outcome.status}</code>
      ${passage && html`<p>As ${passage.transport}: <bdi>${passage.why}</bdi></p>`}
      ${passage?.droppedFields && html`<p>May be missing at the recipients: <bdi>${passage.droppedFields.join(', ')}</bdi></p>`}
      ${explanation(outcome)}
    </td>
    <td role="cell" data-label="By">${connection}</td>
    <td role="cell" data-label="Took">${isTry ? formatElapsed(endedAt - startedAt) : '–'}</td>
  </tr>`;
}

function explanation(outcome: Attempt['outcome']): Html | undefined {
  const trouble = troubleOf(outcome);
  const requestId = outcome.remote?.requestId;
  if (trouble === undefined && requestId === undefined) return undefined;
  return html`<div class="trouble">
    ${trouble && troubleWords(trouble)}
    ${requestId !== undefined && html`<small>Microsoft's request-id: <code>${requestId}</code></small>`}
  </div>`;
}

function troubleWords({ words, diagnostic, codes }: Trouble): Html {
  const { problem, remedy, detail } = readDiagnostic(diagnostic);
  return html`<p>
      <strong>${words}.</strong> <bdi>${problem}.</bdi>
      ${codes.slice(1).map((code) => html`<code>${code}</code> `)}
    </p>
    ${remedy !== undefined && html`<p><strong>To do:</strong> ${withCommands(toSentence(remedy))}</p>`}
    ${
      detail !== undefined &&
      html`<p>
        <small>In its own words: <bdi>${detail}</bdi></small>
      </p>`
    }`;
}
