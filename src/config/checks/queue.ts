// `queue`: waits that fit together.
import { at, textOf, type Place, type Report } from '../place.ts';
import { parseDuration } from '../quantity.ts';

export function checkQueue(file: Place, report: Report): void {
  const retry = at(file, 'queue', 'retry');
  const first = durationAt(at(retry, 'first'));
  const longest = durationAt(at(retry, 'longest'));
  if (first === undefined || longest === undefined || first <= longest) return;
  report(at(retry, 'longest'), 'must not be shorter than first');
}

function durationAt(place: Place): number | undefined {
  return parseDuration(textOf(place) ?? '');
}
