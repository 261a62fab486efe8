// Whether a message may be taken apart, or its parts changed.
import type { Integrity } from '../core/outline.ts';
import type { Entity } from './outline-entity.ts';
import { toEncoding } from './part-header.ts';

/** What protects a message most: one encrypted, signed or calendar entity anywhere in it protects all of it. */
export function integrityOf(root: Entity): Integrity {
  const entities = [...flatten(root)];
  if (entities.some(isEncrypted)) return 'encrypted';
  if (entities.some(isSigned)) return 'signed';
  if (entities.some(isCalendar)) return 'calendar';
  return entities.every(isSound) ? 'free' : 'inseparable';
}

/** The entity and all within it, in the order of the message. */
export function* flatten(entity: Entity): Generator<Entity> {
  yield entity;
  for (const child of entity.children) yield* flatten(child);
}

/** PKCS #7 that does not say what it is counts as encrypted (RFC 8551 §3.2.2). */
function isEncrypted({ contentType, smimeType }: Entity): boolean {
  if (contentType === 'multipart/encrypted') return true;
  return isPkcs7(contentType) && smimeType !== 'signed-data';
}

function isSigned({ contentType, smimeType }: Entity): boolean {
  if (contentType === 'multipart/signed') return true;
  return isPkcs7(contentType) && smimeType === 'signed-data';
}

function isPkcs7(contentType: string): boolean {
  return contentType === 'application/pkcs7-mime' || contentType === 'application/x-pkcs7-mime';
}

/** A calendar file that is only attached is a file as any other. */
function isCalendar({ contentType, disposition, hasMethod }: Entity): boolean {
  return contentType === 'text/calendar' && (hasMethod || disposition !== 'attachment');
}

/** A multipart holds parts and is not encoded (RFC 2045 §6.4); nothing else holds any. */
function isSound({ contentType, encoding, children }: Entity): boolean {
  const known = toEncoding(encoding);
  if (!contentType.startsWith('multipart/')) return known !== undefined && children.length === 0;
  return known === 'identity' && children.length > 0;
}
