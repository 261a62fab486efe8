// Names that must be unique, because metrics, logs and references tell things apart by them.
import { parseEndpoint } from '../endpoint.ts';
import { at, isGiven, itemsOf, nameOf, quote, textOf, type Place, type Report } from '../place.ts';
import { defaultListener, fallbackName, listenerName } from '../names.ts';

export function checkNames(file: Place, report: Report): void {
  checkUnique(namedListeners(file), report);
  checkUnique(itemsOf(at(file, 'clients')).map(named), report);
  const routes = itemsOf(at(file, 'routes')).map(named);
  checkUnique(routes, report);
  for (const { name, place } of routes) {
    if (name === fallbackName) report(place, `"${fallbackName}" is the name of the last route`);
  }
}

/** Of all listeners, the one included that stands for absent ones. */
export function listenerNames(file: Place): readonly string[] {
  if (!isGiven(at(file, 'listeners'))) return [listenerName(defaultListener)];
  return namedListeners(file).flatMap(({ name }) => name ?? []);
}

interface Named {
  readonly name: string | undefined;
  /** Where the name stands, or what it comes from. */
  readonly place: Place;
}

function named(item: Place): Named {
  const place = at(item, 'name');
  return { name: textOf(place), place };
}

function namedListeners(file: Place): readonly Named[] {
  return itemsOf(at(file, 'listeners')).map(namedListener);
}

function namedListener(item: Place): Named {
  if (isGiven(at(item, 'name'))) return named(item);
  const place = at(item, 'address');
  const endpoint = parseEndpoint(textOf(place) ?? '');
  return { name: endpoint && listenerName(endpoint), place };
}

function checkUnique(items: readonly Named[], report: Report): void {
  const seen = new Set<string>();
  for (const { name, place } of items) {
    if (name === undefined) continue;
    if (seen.has(name)) report(place, duplicateMessage(place));
    seen.add(name);
  }
}

function duplicateMessage(place: Place): string {
  if (nameOf(place) === 'name') return `${quote(place)} is the name of another one above`;
  return 'gives the name smtp-<port>, which another one above has';
}
