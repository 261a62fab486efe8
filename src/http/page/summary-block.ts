// How things are, at the top of the overview: the sentence, what to do, what else is wrong, and the queue by state.
import { html } from 'hono/html';
import { deliveryStates } from '../../core/delivery.ts';
import type { QueueFigures } from '../../relay/ports.ts';
import type { Summary } from '../summary.ts';
import { formatDuration, stateWords } from '../words.ts';
import { withCommands } from './fragments.ts';
import type { Html } from './layout.ts';

/** More are counted: the page of connections has them all. */
const othersShown = 4;

/** Said aloud when it changes: the place stays, and its content is replaced. */
export function summaryBlock({ tone, text, remedy, others = [] }: Summary): Html {
  return html`<div id="summary" class="summary ${tone}" role="status" data-live>
    <p>${withCommands(text)}</p>
    ${remedy !== undefined && html`<p class="remedy"><strong>To do:</strong> ${withCommands(remedy)}</p>`}
    ${
      others.length > 0 &&
      html`<ul>
        ${others.slice(0, othersShown).map(
          (other) =>
            html`<li>
              <strong>${withCommands(`${other.text}.`)}</strong>
              ${withCommands(`${other.remedy}.`)}
            </li>`,
        )}
        ${
          others.length > othersShown &&
          html`<li><a href="/connections">And ${others.length - othersShown} more</a></li>`
        }
      </ul>`
    }
  </div>`;
}

export function queueTiles({ deliveries, oldestReceivedAt }: QueueFigures, now: number): Html {
  return html`<dl class="tiles">
    ${deliveryStates.map((state) => tile(state, deliveries[state]))}
    ${
      oldestReceivedAt !== undefined &&
      html`<div>
        <dt>oldest that waits</dt>
        <dd>${formatDuration(now - oldestReceivedAt)}<small>since it came</small></dd>
      </div>`
    }
  </dl>`;
}

function tile(state: keyof typeof stateWords, count: number): Html {
  return html`<div class="${count === 0 ? 'none' : ''}">
    <dt><a class="badge ${state}" href="/messages?state=${state}">${state}</a></dt>
    <dd>${count.toLocaleString('en')}<small>${stateWords[state]}</small></dd>
  </div>`;
}
