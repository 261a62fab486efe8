// The header of a message as properties of Graph's JSON, and the fields that they cannot carry.
import type { HeaderFacts, HeaderField } from '../core/message.ts';
import type { ExtendedProperty } from './delivery-property.ts';

/** A field that Graph takes by its name. */
interface NamedHeader {
  readonly name: string;
  readonly value: string;
}

export interface CarriedFields {
  /** `internetMessageHeaders`: X- fields alone, and not more than five. */
  readonly headers: readonly NamedHeader[];
  readonly properties: readonly ExtendedProperty[];
  /** Names of the fields that are carried by neither. */
  readonly dropped: readonly string[];
}

const maxHeaders = 5;
/** Fields that have properties of their own. */
const ownProperties =
  /^(from|to|cc|bcc|reply-to|subject|message-id|importance|priority|x-priority|x-msmail-priority|disposition-notification-to|return-receipt-to|mime-version|content-.*)$/;
/** Fields of former hops, which the next one writes for itself; nobody misses them. */
const trace =
  /^(received|return-path|dkim-signature|authentication-results|arc-.*|x-ms-exchange-.*)$/;
/** Exchange writes its own, whatever it is given. */
const overwritten = /^(date|sender|resent-.*|thread-index|sensitivity)$/;

/** MAPI has properties of its own for these, and overlooks others for the same field (MS-OXCMAIL §2.1.3.2.4). */
const mapiTags: Readonly<Record<string, string>> = {
  'in-reply-to': 'String 0x1042',
  references: 'String 0x1039',
};

/**
 * @param options `headersByName: false` makes properties of all fields, for a Graph that refuses some of them by name
 */
export function carryFields(
  { fields }: HeaderFacts,
  options: { readonly headersByName: boolean },
): CarriedFields {
  const open = fields.filter(({ name }) => isOpen(name.toLowerCase()));
  const extensions = open.filter(({ name, value }) => /^x-[!-9;-~]+$/i.test(name) && value !== '');
  const headers = options.headersByName ? extensions.slice(0, maxHeaders) : [];
  const properties = new Map<string, readonly ExtendedProperty[]>();
  const dropped = fields.filter(({ name }) => overwritten.test(name.toLowerCase()));
  for (const field of open) {
    if (headers.includes(field)) continue;
    const key = field.name.toLowerCase();
    // A property has one value, so that the second field of a name has no place.
    if (properties.has(key) || !isWritable(field)) dropped.push(field);
    else properties.set(key, propertiesOf(field));
  }
  return {
    headers: headers.map(({ name, value }) => ({ name, value })),
    properties: [...properties.values()].flat(),
    dropped: namesOf(dropped),
  };
}

function isOpen(key: string): boolean {
  return !ownProperties.test(key) && !trace.test(key) && !overwritten.test(key);
}

function isWritable({ name, value }: HeaderField): boolean {
  return /^[!-9;-~]+$/.test(name) && value !== '';
}

/** PS_INTERNET_HEADERS, which Exchange writes as a field of that name. */
function propertiesOf({ name, value }: HeaderField): readonly ExtendedProperty[] {
  const tag = mapiTags[name.toLowerCase()];
  const named = { id: `String {00020386-0000-0000-C000-000000000046} Name ${name}`, value };
  return tag === undefined ? [named] : [named, { id: tag, value }];
}

/** Each name once, as it is written first. */
export function namesOf(fields: readonly HeaderField[]): readonly string[] {
  const byKey = Map.groupBy(fields, ({ name }) => name.toLowerCase());
  return [...byKey.values()].flatMap(([first]) => (first ? [first.name] : []));
}
