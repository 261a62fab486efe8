// Pieces of markup that several pages use.
import { html } from 'hono/html';
import { formatDistance, formatUtc } from '../words.ts';
import type { Html } from './layout.ts';

/** A time as distance from now, with the time itself beside it. */
export function timeOf(time: number, now: number): Html {
  return html`<time datetime="${new Date(time).toISOString()}"
    ><span>${formatDistance(time, now)}</span>
    <small>${sameDay(time, now) ? formatUtc(time).slice(11) : formatUtc(time)}</small></time
  >`;
}

/** Text from outside, kept from turning the direction of what stands around it; muted words where there is none. */
export function outside(text: string, whenEmpty: string): Html {
  return text === '' ? html`<span class="muted">${whenEmpty}</span>` : html`<bdi>${text}</bdi>`;
}

/** Between sender and recipients. */
export const arrow = html`<span aria-hidden="true">→</span><span class="visually-hidden">to</span>`;

/** A name and its value, in a list of them. */
export function fact(name: string, value: Html | string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** A sentence with its commands, which stand in quotation marks, as code. */
export function withCommands(sentence: string): Html {
  const parts = sentence.split(/"(graphpost [^"]+)"/);
  return html`<bdi
    >${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}</bdi
  >`;
}

/** Copies the text of the element with that id. Of no use without script, and hidden there. */
export function copyButton(id: string, what: string): Html {
  return html`<button
    class="quiet"
    type="button"
    aria-live="polite"
    data-copy="${id}"
    data-scripted
    hidden
  >
    Copy<span class="visually-hidden"> ${what}</span>
  </button>`;
}

/** Several lines to copy. */
export function copyable(
  id: string,
  { text, what }: { readonly text: string; readonly what: string },
): Html {
  return html`<div class="copyable">
    <pre class="line" id="${id}" tabindex="0" role="group" aria-label="${what}">${text}</pre>
    ${copyButton(id, what)}
  </div>`;
}

function sameDay(time: number, other: number): boolean {
  return formatUtc(time).slice(0, 10) === formatUtc(other).slice(0, 10);
}
