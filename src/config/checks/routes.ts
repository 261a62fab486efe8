// `routes` and `default`: one action each, and hands off the fields that the gateway answers for.
import { isProtectedField } from '../../core/route.ts';
import {
  at,
  entriesOf,
  isGiven,
  itemsOf,
  nameOf,
  textOf,
  type Place,
  type Report,
} from '../place.ts';
import { checkExactlyOne } from './exactly-one.ts';

const actions = ['send', 'drop', 'refuse'];

export function checkRoutes(file: Place, report: Report): void {
  for (const route of [...itemsOf(at(file, 'routes')), at(file, 'default')]) {
    checkExactlyOne(route, { of: actions, report });
    checkHold(route, report);
    checkRedirect(route, report);
    checkHeaders(at(route, 'headers'), report);
  }
}

function checkHold(route: Place, report: Report): void {
  const hold = at(route, 'hold');
  if (textOf(hold) !== 'true' || isGiven(at(route, 'send'))) return;
  report(hold, 'stands beside send alone: that is how it goes when it is released', {
    isKey: true,
  });
}

function checkRedirect(route: Place, report: Report): void {
  const redirect = at(route, 'redirect');
  if (!isGiven(redirect)) return;
  if (!isGiven(at(route, 'send'))) {
    report(redirect, 'stands beside send alone: that is how it goes', { isKey: true });
  }
  const bcc = at(route, 'bcc');
  if (itemsOf(bcc).length === 0) return;
  report(bcc, 'a redirected mail reaches those of redirect and nobody else', { isKey: true });
}

function checkHeaders(headers: Place, report: Report): void {
  const changed = [...entriesOf(at(headers, 'set')), ...entriesOf(at(headers, 'add'))];
  const message = 'this field cannot be changed by a route';
  for (const field of changed) {
    if (isProtectedField(nameOf(field))) report(field, message, { isKey: true });
  }
  for (const field of itemsOf(at(headers, 'remove'))) {
    if (isProtectedField(textOf(field) ?? '')) report(field, message);
  }
}
