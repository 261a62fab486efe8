// How things are, at the top of the overview: the sentence, what to do, what else is wrong, and the queue by state.
import { html } from 'hono/html';
import { deliveryStates, type DeliveryState } from '../../core/delivery.ts';
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

export function queueTiles(
  { deliveries, oldestReceivedAt, oldestByState = {} }: QueueFigures,
  now: number,
): Html {
  const oldest: Partial<Record<DeliveryState, number>> = oldestByState;
  return html`<dl class="tiles">
    ${deliveryStates.map((state) => tile(state, { count: deliveries[state], oldestAt: oldest[state], now }))}
    ${
      oldestReceivedAt !== undefined &&
      html`<div>
        <dt>oldest that waits</dt>
        <dd>${formatDuration(now - oldestReceivedAt)}<small>since it came</small></dd>
      </div>`
    }
  </dl>`;
}

function tile(
  state: DeliveryState,
  {
    count,
    oldestAt,
    now,
  }: { readonly count: number; readonly oldestAt: number | undefined; readonly now: number },
): Html {
  const age =
    oldestAt !== undefined &&
    html`<small class="age">oldest ${formatDuration(now - oldestAt)}</small>`;
  return html`<div class="${count === 0 ? 'none' : ''}">
    <dt><a class="badge ${state}" href="/messages?state=${state}">${state}</a></dt>
    <dd>${count.toLocaleString('en')}<small>${stateWords[state]}</small>${age}</dd>
  </div>`;
}
