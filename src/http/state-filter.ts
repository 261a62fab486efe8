// The filter of the list by state, as it stands in a query.
import { deliveryStates, type DeliveryState } from '../core/delivery.ts';

/** For `Store.list`. An absent or empty query asks for all. */
export function readState(query: string | undefined): { state?: DeliveryState } | 'unknown' {
  if (query === undefined || query === '') return {};
  const state = deliveryStates.find((known) => known === query);
  return state === undefined ? 'unknown' : { state };
}
