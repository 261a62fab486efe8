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

function sameDay(time: number, other: number): boolean {
  return formatUtc(time).slice(0, 10) === formatUtc(other).slice(0, 10);
}
