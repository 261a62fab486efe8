// What no message may carry to the next hop: fields that only a receiver may write, and signatures that no longer hold.
import type { HeaderEdit } from './header-edit.ts';
import { fieldsNamed } from './header-field.ts';
import type { HeaderFacts } from './message.ts';

/** A message that has more Received fields than this runs in a loop (RFC 5321 §6.3). */
export const maxReceivedFields = 100;

export function countReceived(header: HeaderFacts): number {
  return fieldsNamed(header, 'Received').length;
}

/**
 * The edits that clean a header.
 * @param edits those decided before: all DKIM-Signature fields go if one of them signs a field that changes
 */
export function planHygiene(
  header: HeaderFacts,
  edits: readonly HeaderEdit[],
): readonly HeaderEdit[] {
  const names = new Set(header.fields.map((field) => field.name.toLowerCase()));
  const removals = [...names].filter(isForbidden).map(removal);
  const changed = new Set([...edits, ...removals].map(({ name }) => name.toLowerCase()));
  const isBroken = signedFields(header).some((name) => changed.has(name));
  return isBroken ? [...removals, removal('DKIM-Signature')] : removals;
}

function removal(name: string): HeaderEdit {
  return { kind: 'remove', name };
}

function isForbidden(name: string): boolean {
  return (
    name === 'return-path' || name === 'authentication-results' || name.startsWith('x-ms-exchange-')
  );
}

/** The names in the h= tags (RFC 6376 §3.5) of all signatures, in lower case. */
function signedFields(header: HeaderFacts): readonly string[] {
  return fieldsNamed(header, 'DKIM-Signature').flatMap(({ value }) => {
    const list = /(?:^|;)h=([^;]*)/i.exec(value.replaceAll(/\s/g, ''))?.[1] ?? '';
    return list.toLowerCase().split(':');
  });
}
