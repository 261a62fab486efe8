// The store of a dry run: what would be replaced is seen as replaced by what is asked next, and nothing is written.
import type { DeliveryRecord, NewDelivery, Store } from './ports.ts';

type Asked = Pick<Store, 'list' | 'find' | 'replace'>;

/** For questions about one message after another: of those before the last it has forgotten what would become. */
export function createDryRunStore(store: Asked): Asked {
  let messageId: string | undefined;
  const replaced = new Map<string, readonly NewDelivery[]>();
  return {
    list: (options) => store.list(options),
    async find(id) {
      const record = await store.find(id);
      if (!record || record.message.id !== messageId) return record;
      const deliveries = record.deliveries.flatMap(
        (old) => replaced.get(old.id)?.map((made) => inPlaceOf(old, made)) ?? [old],
      );
      return { ...record, deliveries };
    },
    async replace(deliveryId, deliveries) {
      const [first] = deliveries;
      if (first?.messageId !== messageId) replaced.clear();
      messageId = first?.messageId;
      replaced.set(deliveryId, deliveries);
      return true;
    },
  };
}

function inPlaceOf(old: DeliveryRecord, made: NewDelivery): DeliveryRecord {
  const { id, connection, lane, state, route, mayHaveBeenSent = state === 'unsure' } = made;
  return {
    ...old,
    ...{ id, connection, lane, state, mayHaveBeenSent },
    route: route.rule,
    forwardPaths: route.forwardPaths,
    delivery: { ...old.delivery, id, connection, lane, state, route },
  };
}
