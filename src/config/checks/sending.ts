// Mail that is kept from leaving must not be forgotten.
import { at, textOf, type Place, type Report } from '../place.ts';

const meanings = new Map([
  ['hold', 'nothing leaves: all mail waits in the queue until this is normal'],
  ['drop', 'nothing leaves: mail is accepted and dropped until this is normal'],
]);

export function warnOfSending(file: Place, warn: Report): void {
  const sending = at(file, 'sending');
  const meaning = meanings.get(textOf(sending) ?? '');
  if (meaning !== undefined) warn(sending, meaning);
}
