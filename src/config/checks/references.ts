// Connections that are named in one block and defined in another.
import { didYouMean } from '../did-you-mean.ts';
import {
  at,
  entriesOf,
  isGiven,
  itemsOf,
  keysOf,
  quote,
  shownTextOf,
  textOf,
  type Place,
  type Report,
} from '../place.ts';

export function checkReferences(file: Place, report: Report): void {
  const connections = keysOf(at(file, 'connections'));
  for (const place of connectionReferences(file)) {
    const name = textOf(place);
    if (name === undefined || connections.includes(name)) continue;
    const hint = didYouMean(shownTextOf(place) ?? '', connections) ?? known(connections);
    report(place, `${quote(place)} is no connection`, { hint, isAbsence: true });
  }
  checkCount(at(file, 'connections'), report);
  if (connections.length > 1) checkFallback(at(file, 'default'), report);
}

function connectionReferences(file: Place): readonly Place[] {
  const routes = [...itemsOf(at(file, 'routes')), at(file, 'default')];
  return [
    ...routes.flatMap((route) => [
      at(route, 'send', 'via'),
      ...itemsOf(at(route, 'send', 'backup')),
    ]),
    ...entriesOf(at(file, 'connections')).map((connection) => at(connection, 'oauth2')),
    at(file, 'bounce', 'via'),
    ...itemsOf(at(file, 'bounce', 'backup')),
    ...itemsOf(at(file, 'alerts')).map((alert) => at(alert, 'to', 'via')),
  ];
}

function checkCount(connections: Place, report: Report): void {
  if (connections.node?.kind !== 'map' || connections.node.entries.size > 0) return;
  report(connections, 'must have one connection at least', { isAbsence: true, isKey: true });
}

/** With one connection it is plain where mail goes that no route took; with more it must be said. */
function checkFallback(fallback: Place, report: Report): void {
  if (isGiven(fallback)) return;
  const message = 'is missing: it must be said where mail goes that no route took';
  report(fallback, message, { isAbsence: true });
}

function known(connections: readonly string[]): string | undefined {
  return connections.length === 0 ? undefined : `connections are: ${connections.join(', ')}`;
}
