// `queue`: waits that fit together, and an address of a database that can be read.
import { at, textOf, type Place, type Report } from '../place.ts';
import { parseDuration } from '../quantity.ts';
import { isPostgres, readPostgresUrl } from '../queue-store.ts';

export function checkQueue(file: Place, report: Report): void {
  checkWaits(at(file, 'queue', 'retry'), report);
  checkStore(at(file, 'queue', 'store'), report);
}

function checkWaits(retry: Place, report: Report): void {
  const first = durationAt(at(retry, 'first'));
  const longest = durationAt(at(retry, 'longest'));
  if (first === undefined || longest === undefined || first <= longest) return;
  report(at(retry, 'longest'), 'must not be shorter than first');
}

function checkStore(store: Place, report: Report): void {
  const text = textOf(store) ?? '';
  if (!isPostgres(text) || readPostgresUrl(text)) return;
  report(store, 'must be postgres://user@host/database', {
    hint: 'characters such as / or @ in a password are written as %2F or %40',
  });
}

function durationAt(place: Place): number | undefined {
  return parseDuration(textOf(place) ?? '');
}
