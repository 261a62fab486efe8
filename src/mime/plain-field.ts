// Whether every reader finds the same mailboxes in an address field, and nothing else.
import { readText } from './decode.ts';
import type { RawField } from './header-scan.ts';
import { hideSpecials } from './mailbox-facts.ts';
import { splitMailboxes } from './mailbox-list.ts';

/** May be false for a field that is plain, and costs no more then than its being written anew; never true for another. */
export function isPlainField(field: RawField): boolean {
  const { text, isUtf8 } = readText(field);
  const { pieces, isPlain } = splitMailboxes(text);
  const isPlainList = isPlain && isUtf8 && pieces.every((piece) => piece.isPlain);
  const hasBlankLine = /\r\n[ \t]+\r\n/.test(field.raw);
  const hasBlankBeforeColon = field.valueStart > field.key.length + 1;
  return isPlainList && !hasBlankLine && !hasBlankBeforeColon && hideSpecials(text) === text;
}
