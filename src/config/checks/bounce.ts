// `bounce`: reports must not go to whoever a stranger names.
import { parseAddressPattern } from '../../core/address.ts';
import { at, itemsOf, textOf, type Place, type Report } from '../place.ts';

/** Any client can write any address into MAIL FROM. */
export function warnOfBackscatter(file: Place, warn: Report): void {
  for (const pattern of itemsOf(at(file, 'bounce', 'to'))) {
    if (parseAddressPattern(textOf(pattern) ?? '')?.domain !== '*') continue;
    warn(pattern, 'sends reports to everybody whom a client names in MAIL FROM', {
      hint: 'name your own domains; clients that log in get reports anyway',
    });
  }
}
