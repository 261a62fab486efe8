// `from` blocks: whoever forces an address must have one.
import { at, entriesOf, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';

export function checkFrom(file: Place, report: Report): void {
  for (const from of fromBlocks(file)) checkForce(from, report);
}

/** Who gives an address wants it to be used. */
export function warnOfUnusedAddress(file: Place, warn: Report): void {
  for (const from of fromBlocks(file)) {
    const [force, address] = [at(from, 'force'), at(from, 'address')];
    if (!isGiven(address) || (isGiven(force) && textOf(force) !== 'never')) continue;
    warn(address, 'has no effect without force: always or default');
  }
}

function fromBlocks(file: Place): readonly Place[] {
  const owners = [
    file,
    ...entriesOf(at(file, 'connections')),
    ...itemsOf(at(file, 'routes')),
    at(file, 'default'),
  ];
  return owners.map((owner) => at(owner, 'from'));
}

function checkForce(from: Place, report: Report): void {
  const force = textOf(at(from, 'force'));
  const address = at(from, 'address');
  if ((force === 'always' || force === 'default') && !isGiven(address)) {
    report(address, 'is missing: it is needed unless force is never', { isAbsence: true });
  }
}
