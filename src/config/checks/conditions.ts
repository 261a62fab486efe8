// `when`: names in conditions that nothing has, so that they never match.
import { didYouMean } from '../did-you-mean.ts';
import {
  at,
  isGiven,
  itemsOf,
  matching,
  quote,
  shownTextOf,
  textOf,
  type Place,
  type Report,
} from '../place.ts';
import { listenerNames } from './names.ts';
import { localClientName } from '../names.ts';

export function warnOfUnknownNames(file: Place, warn: Report): void {
  const block = at(file, 'clients');
  const clients = itemsOf(block).map((client) => textOf(at(client, 'name')) ?? '');
  warnOfUnknown(tested(file, 'client'), {
    kind: 'client',
    names: isGiven(block) ? clients : [localClientName],
    warn,
  });
  warnOfUnknown(tested(file, 'client.listener'), {
    kind: 'listener',
    names: listenerNames(file),
    warn,
  });
}

/** The texts that a property is compared with as a whole. */
function tested(file: Place, property: string): readonly Place[] {
  const tests = matching(file, ['routes', '*', 'when', '**', property]);
  return tests
    .flatMap((test) => [at(test, 'is'), at(test, 'isNot'), ...itemsOf(at(test, 'in'))])
    .filter(isGiven);
}

function warnOfUnknown(
  places: readonly Place[],
  { kind, names, warn }: { kind: string; names: readonly string[]; warn: Report },
): void {
  const known = new Set(names.map((name) => name.toLowerCase()));
  for (const place of places) {
    if (known.has((textOf(place) ?? '').toLowerCase())) continue;
    warn(place, `${quote(place)} is no ${kind}`, {
      hint: didYouMean(shownTextOf(place) ?? '', names),
    });
  }
}
