// The condition by which SQLite finds the deliveries of a rare state in the partial index that holds them.
import { troubledStates, type TroubledState } from '../../relay/ports.ts';

const indexed = troubledStates.map((state) => `'${state}'`).join(', ');

/**
 * The condition of the index `delivery_of_state` stands in it word for word: SQLite does not conclude it from the state.
 * The state is part of the text, because a parameter would keep SQLite from a partial index, too.
 */
export function ofState(state: TroubledState): string {
  return `delivery.state IN (${indexed}) AND delivery.state = '${state}'`;
}
