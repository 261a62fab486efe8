// The addresses that mail came from, or was meant to: for the page and the API.
import type { ClientMemory, SeenClient, SeenRefusal } from './client-memory.ts';
import { howToAllow } from './how-to-allow.ts';
import type { ClientView, RefusalView } from './schema/client.ts';
import { isoTime } from './time-text.ts';

/** Seen last first; of this process alone, at most 500. */
export function viewClients(memory: Pick<ClientMemory, 'list'>): readonly ClientView[] {
  return memory.list().map(viewClient);
}

function viewClient(seen: SeenClient): ClientView {
  const { ip, clients, listener, firstSeenAt, lastSeenAt, lastAccepted, lastRefusal } = seen;
  return {
    ...{ ip, clients, listener },
    firstSeenAt: isoTime(firstSeenAt),
    lastSeenAt: isoTime(lastSeenAt),
    ...(lastAccepted && viewAccepted(lastAccepted)),
    ...(lastRefusal && { lastRefusal: viewRefusal(lastRefusal, seen) }),
  };
}

function viewAccepted({ at, id, client, tls, login }: NonNullable<SeenClient['lastAccepted']>) {
  const lastAccepted = { at: isoTime(at), id, client };
  return { tls, ...(login !== undefined && { login }), lastAccepted };
}

function viewRefusal(refusal: SeenRefusal, { ip, lastAccepted }: SeenClient): RefusalView {
  const { at, listener, stage, reason, reply, diagnostic, client, sender } = refusal;
  const advice = howToAllow(ip, refusal);
  return {
    at: isoTime(at),
    ...{ listener, stage, reason, reply, cause: diagnostic },
    ...(client !== undefined && { client }),
    ...(sender !== undefined && { sender }),
    isOver: lastAccepted !== undefined && lastAccepted.at > at,
    ...(advice && { advice }),
  };
}
