// Carries out header edits on the bytes: what no edit names stays as it was.
import type { HeaderEdit } from '../core/header-edit.ts';
import { formatMailboxField, formatTextField } from './encode.ts';
import { endHeader } from './header-bounds.ts';
import { fieldsNamed, joinHeader, scanHeader, toRawField, type RawField } from './header-scan.ts';
import { keepMailboxes } from './keep-mailboxes.ts';

/** The header with the edits carried out in order. Throws for a field name that is none. */
export function editHeader(header: Uint8Array, edits: readonly HeaderEdit[]): Uint8Array {
  if (edits.length === 0) return header;
  const { fields, rest } = scanHeader(endHeader(header));
  return joinHeader({ fields: editFields(fields, edits), rest });
}

export function editFields(
  fields: readonly RawField[],
  edits: readonly HeaderEdit[],
): readonly RawField[] {
  return edits.reduce(applyEdit, fields);
}

function applyEdit(fields: readonly RawField[], edit: HeaderEdit): readonly RawField[] {
  const { name } = edit;
  switch (edit.kind) {
    case 'remove':
      return replaceFields(fields, { name, raw: '' });
    case 'set':
      return replaceFields(fields, { name, raw: formatTextField(name, edit.text) });
    case 'add':
      return insertAtEnd(fields, formatTextField(name, edit.text));
    case 'setMailboxes':
      return replaceFields(fields, { name, raw: formatMailboxField(name, edit.mailboxes) });
    case 'keepMailboxes':
      return replaceFields(fields, { name, raw: keepMailboxes(fieldsNamed(fields, name), edit) });
  }
}

/** One field in place of the first of that name, else at the end; '' takes them all out. */
function replaceFields(
  fields: readonly RawField[],
  { name, raw }: { readonly name: string; readonly raw: string },
): readonly RawField[] {
  const [first] = fieldsNamed(fields, name);
  if (first === undefined) return insertAtEnd(fields, raw);
  const key = name.toLowerCase();
  return fields.flatMap((field) => {
    if (field.key !== key) return [field];
    return field === first && raw !== '' ? [toRawField(raw)] : [];
  });
}

/** Before a line that is no field, because some readers take such a line for the beginning of the body. */
function insertAtEnd(fields: readonly RawField[], raw: string): readonly RawField[] {
  if (raw === '') return fields;
  const stray = fields.findIndex(({ key }, index) => key === '' && index > 0);
  return fields.toSpliced(stray < 0 ? fields.length : stray, 0, toRawField(raw));
}
