// The part of the API that shows connections, lanes, clients and figures.
import type { Hono } from 'hono';
import type { AdminSource } from './admin-source.ts';
import { viewLanes } from './lanes-view.ts';
import { serveRoute } from './route.ts';
import * as routes from './routes.ts';
import { pageAt } from './schema/page.ts';
import type { LaneView } from './schema/lane.ts';

/** Where no gateway runs, the lanes of its queue are all that there is to show. */
export function addViews(api: Hono, source: AdminSource): void {
  const { views } = source;
  serveRoute(api, routes.getLanes, async ({ query }) => {
    const all = await (views ? views.lanes() : lanesOfQueue(source));
    const { page, ...rest } = pageAt(all, query);
    return { lanes: page, ...rest };
  });
  if (!views) return;
  serveRoute(api, routes.getConnections, async ({ query }) => {
    const { page, ...rest } = pageAt(await views.connections(), query);
    return { connections: page, ...rest };
  });
  serveRoute(api, routes.getClients, ({ query }) => {
    const { page, ...rest } = pageAt(views.clients(), query);
    return { clients: page, ...rest };
  });
  serveRoute(api, routes.getFigures, ({ query }) => views.figures(query.window));
}

async function lanesOfQueue({ store, clock }: AdminSource): Promise<readonly LaneView[]> {
  const now = clock.now();
  const nobody = { laneIdentities: () => new Map(), memory: { pauseOf: () => undefined } };
  return viewLanes(await store.lanes({ now }), nobody, now);
}
