// Takes mailboxes out of an address field and leaves the others as they were written, provided that they still read the same.
import { isDeepStrictEqual } from 'node:util';
import type { Mailbox } from '../core/message.ts';
import { readText } from './decode.ts';
import { foldMailboxes, formatMailbox, formatMailboxField } from './encode.ts';
import { toRawField, type RawField } from './header-scan.ts';
import { splitMailboxes } from './mailbox-list.ts';
import { hideSpecials, parseMailboxes, readMailboxes } from './mailbox-facts.ts';
import { isPlainField } from './plain-field.ts';

export interface Keeping {
  /** How the one field that remains is called. */
  readonly name: string;
  /** Of all mailboxes in the fields, in the order of `readMailboxes`. */
  readonly positions: readonly number[];
}

/**
 * One field with these mailboxes; '' when none is left. A single field that keeps all of its mailboxes
 * and that no parser can misread is given back byte for byte.
 */
export function keepMailboxes(fields: readonly RawField[], { name, positions }: Keeping): string {
  const all = readMailboxes(fields);
  const kept = new Set(positions);
  const wanted = all.filter((_mailbox, position) => kept.has(position));
  const [only] = fields;
  if (only && fields.length === 1 && wanted.length === all.length && isPlainField(only)) {
    return only.raw;
  }
  const written = foldMailboxes(name, spellings(fields, kept));
  return readsAs(written, wanted) ? written : formatMailboxField(name, wanted);
}

/** The words of each kept mailbox: as it was written where every parser agrees about it, else anew. */
function spellings(
  fields: readonly RawField[],
  kept: ReadonlySet<number>,
): readonly (readonly string[])[] {
  let position = 0;
  return fields.flatMap((field) => {
    const { text, isUtf8 } = readText(field);
    return splitMailboxes(hideSpecials(text)).pieces.flatMap((piece) => {
      const here = parseMailboxes(piece.text);
      const wanted = here.filter((_mailbox, index) => kept.has(position + index));
      position += here.length;
      const asWritten = piece.isPlain && isUtf8;
      return asWritten && wanted.length > 0 ? [[piece.text]] : wanted.map(formatMailbox);
    });
  });
}

function readsAs(field: string, wanted: readonly Mailbox[]): boolean {
  return isDeepStrictEqual(readMailboxes([toRawField(field)]), wanted);
}
