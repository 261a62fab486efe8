// `alerts`: one target each, of which all is there, and a way there that may be gone.
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';
import { isLoopback } from '../endpoint.ts';
import { checkExactlyOne } from './exactly-one.ts';

const urlKeys = ['slack', 'teams', 'webhook'];

export function checkAlerts(file: Place, report: Report): void {
  for (const alert of itemsOf(at(file, 'alerts'))) {
    const to = at(alert, 'to');
    checkExactlyOne(to, { of: [...urlKeys, 'email'], report });
    checkEmail(to, { file, report });
    for (const key of urlKeys) checkUrl(at(to, key), { to, report });
  }
}

function checkEmail(to: Place, { file, report }: { file: Place; report: Report }): void {
  const [email, via, from] = [at(to, 'email'), at(to, 'via'), at(to, 'from')];
  if (isGiven(email)) {
    if (!isGiven(via)) report(via, 'is missing', { isAbsence: true });
    if (!hasQueue(file)) report(email, 'needs a queue, and every listener is in mode direct');
    return;
  }
  for (const place of [via, from]) {
    if (isGiven(place)) report(place, 'is for an email alone', { isKey: true });
  }
}

function hasQueue(file: Place): boolean {
  const listeners = itemsOf(at(file, 'listeners'));
  return (
    listeners.length === 0 ||
    listeners.some((listener) => textOf(at(listener, 'mode')) !== 'direct')
  );
}

/** What goes without TLS can be read, and answered by anybody in between. */
function checkUrl(place: Place, { to, report }: { to: Place; report: Report }): void {
  const url = URL.parse(textOf(place) ?? '');
  if (url?.protocol !== 'http:') return;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isAllowed = textOf(at(to, 'allowLocal')) === 'true';
  if (isAllowed && isLoopback({ host, port: 0 })) return;
  report(place, 'must begin with https://', {
    hint: 'http:// is for this machine alone, with allowLocal: true',
  });
}
