// Blocks in which exactly one of several keys must stand.
import { at, isGiven, type Place, type Report } from '../place.ts';

/** Reports a second one at its key, and a block without any at the block. */
export function checkExactlyOne(
  block: Place,
  { of: keys, report }: { readonly of: readonly string[]; readonly report: Report },
): void {
  if (block.node?.kind !== 'map') return;
  const [first, ...more] = keys.map((key) => at(block, key)).filter(isGiven);
  const wanted = `exactly one of ${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`;
  if (first === undefined) report(block, `must have ${wanted}`, { isAbsence: true });
  for (const place of more) {
    report(place, `stands beside another: there must be ${wanted}`, { isKey: true });
  }
}
