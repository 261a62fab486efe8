// A header as a list of fields, and what edits do to it: the rules of header-edit.ts without bytes.
import { parseAddress } from '../../src/core/address.ts';
import type { HeaderEdit } from '../../src/core/header-edit.ts';
import type { HeaderFacts, Mailbox } from '../../src/core/message.ts';

export interface ModelField {
  readonly name: string;
  /** Its mailboxes, as `name <address>` or `address`; for a field without mailboxes its text. */
  readonly parts: readonly string[];
}

export type ModelHeader = readonly ModelField[];

export function field(name: string, ...parts: readonly string[]): ModelField {
  return { name, parts };
}

/** Reads `name <address>` or `address`. */
function mailbox(text: string): Mailbox {
  const [, name, address] = /^(.*?)\s*<(.*)>$/.exec(text) ?? [];
  return name === undefined || address === undefined
    ? { name: '', address: text }
    : { name, address };
}

export function factsOf(header: ModelHeader): HeaderFacts {
  const mailboxes = (name: string) => partsOf(header, name).map(mailbox);
  return {
    fields: header.map(({ name, parts }) => ({ name, value: parts.join(', ') })),
    from: mailboxes('From'),
    sender: mailboxes('Sender'),
    replyTo: mailboxes('Reply-To'),
    to: mailboxes('To'),
    cc: mailboxes('Cc'),
    bcc: mailboxes('Bcc'),
    resent: {
      from: mailboxes('Resent-From'),
      sender: mailboxes('Resent-Sender'),
      to: mailboxes('Resent-To'),
      cc: mailboxes('Resent-Cc'),
    },
    unclear: addressFields.filter((name) => isUnclear(header, name)),
    subject: partsOf(header, 'Subject').join(''),
    hasDate: partsOf(header, 'Date').length > 0,
  };
}

const addressFields = [
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'],
  ...['resent-from', 'resent-sender', 'resent-to', 'resent-cc'],
];

/** Several fields, an empty one, and what is no address: of the rest the model makes one reading only. */
function isUnclear(header: ModelHeader, name: string): boolean {
  const [first, ...others] = header.filter((own) => isNamed(own, name));
  if (first === undefined) return false;
  const isReadable = (part: string) => parseAddress(mailbox(part).address) !== undefined;
  return others.length > 0 || first.parts.length === 0 || !first.parts.every(isReadable);
}

/** The parts of all fields of that name. */
export function partsOf(header: ModelHeader, name: string): readonly string[] {
  return header.filter((own) => isNamed(own, name)).flatMap(({ parts }) => parts);
}

export function applyEdits(header: ModelHeader, edits: readonly HeaderEdit[]): ModelHeader {
  return edits.reduce<ModelHeader>(applyEdit, header);
}

function applyEdit(header: ModelHeader, edit: HeaderEdit): ModelHeader {
  const { name } = edit;
  switch (edit.kind) {
    case 'remove':
      return replaceFields(header, name, []);
    case 'set':
      return replaceFields(header, name, [edit.text]);
    case 'add':
      return [...header, field(name, edit.text)];
    case 'setMailboxes':
      return replaceFields(
        header,
        name,
        edit.mailboxes.map((one) =>
          one.name === '' ? one.address : `${one.name} <${one.address}>`,
        ),
      );
    case 'keepMailboxes': {
      const parts = partsOf(header, name);
      return replaceFields(
        header,
        name,
        parts.filter((_, position) => edit.positions.includes(position)),
      );
    }
  }
}

/** One field with these parts in place of the first of that name, else at the end; no field when there are no parts. */
function replaceFields(header: ModelHeader, name: string, parts: readonly string[]): ModelHeader {
  const first = header.findIndex((own) => isNamed(own, name));
  const place = first < 0 ? header.length : first;
  const isOther = (own: ModelField) => !isNamed(own, name);
  return [
    ...header.slice(0, place).filter(isOther),
    ...(parts.length > 0 ? [field(name, ...parts)] : []),
    ...header.slice(place).filter(isOther),
  ];
}

function isNamed(own: ModelField, name: string): boolean {
  return own.name.toLowerCase() === name.toLowerCase();
}
