// `direct`, and what listeners in that mode cannot do.
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';

export function checkDirect(file: Place, report: Report): void {
  const sending = at(file, 'sending');
  if (textOf(sending) !== 'hold' || !hasDirect(file)) return;
  report(sending, 'a listener is in mode direct, and has nowhere to keep what waits');
}

export function warnOfDirect(file: Place, warn: Report): void {
  const direct = at(file, 'direct');
  if (!isGiven(direct) || hasDirect(file)) return;
  warn(direct, 'is of no use: no listener is in mode direct', { isKey: true });
}

function hasDirect(file: Place): boolean {
  return itemsOf(at(file, 'listeners')).some(
    (listener) => textOf(at(listener, 'mode')) === 'direct',
  );
}
