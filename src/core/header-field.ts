// Finding the fields of a header by name, without regard to case.
import type { HeaderEdit } from './header-edit.ts';
import type { HeaderFacts, HeaderField } from './message.ts';

/** The fields of that name, in the order of the message. */
export function fieldsNamed(header: HeaderFacts, name: string): readonly HeaderField[] {
  const wanted = name.toLowerCase();
  // No letter of a name has another length in lower case.
  return header.fields.filter(
    (field) => field.name.length === wanted.length && field.name.toLowerCase() === wanted,
  );
}

export function hasField(header: HeaderFacts, name: string): boolean {
  return fieldsNamed(header, name).length > 0;
}

/** The edit that takes the fields of that name out; none where there are none. */
export function removalOf(header: HeaderFacts, name: string): readonly HeaderEdit[] {
  return hasField(header, name) ? [{ kind: 'remove', name }] : [];
}
