// The form above the list of messages: what to look for among all that are kept.
import { html } from 'hono/html';
import { deliveryStates } from '../../core/delivery.ts';
import type { FilterFields } from '../delivery-filter.ts';
import type { Html } from './layout.ts';

/** Sent as a query, so that what was found has an address of its own. */
export function searchForm(fields: FilterFields): Html {
  return html`<form class="search" method="get" action="/#messages" role="search">
    <label for="search-address">Address</label>
    <input
      id="search-address"
      name="address"
      value="${fields.address ?? ''}"
      placeholder="sender or recipient"
      autocomplete="off"
    />
    <label for="search-subject">Subject</label>
    <input
      id="search-subject"
      name="subject"
      value="${fields.subject ?? ''}"
      placeholder="a part of it"
      autocomplete="off"
    />
    <label for="search-state">State</label>
    <select id="search-state" name="state">
      <option value="">any</option>
      ${deliveryStates.map(
        (state) =>
          html`<option value="${state}" ${state === fields.state ? 'selected' : ''}>
            ${state}
          </option>`,
      )}
    </select>
    <button type="submit">Search</button>
  </form>`;
}
