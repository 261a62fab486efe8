// Where Graph keeps a mailbox, in the path of a request.
import type { Address } from '../core/address.ts';

export function mailboxPath(sendAs: Address): string {
  return `/v1.0/users/${encodeURIComponent(sendAs)}`;
}
