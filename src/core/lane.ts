// A lane: the unit that Graph limits, one app on one mailbox.
import type { Address } from './address.ts';

/** (cloud, tenant, clientId, sendAs in lower case) as one text; for an SMTP connection, the connection. */
export type LaneKey = string & { readonly '~brand': 'LaneKey' };

/** What makes two connections share their lanes. */
export type LaneIdentity =
  | {
      readonly kind: 'graph';
      readonly authority: string;
      readonly tenant: string;
      readonly clientId: string;
    }
  | { readonly kind: 'connection'; readonly name: string };

export function laneOf(identity: LaneIdentity, sendAs: Address): LaneKey {
  const parts =
    identity.kind === 'graph'
      ? [identity.authority, identity.tenant, identity.clientId, sendAs]
      : ['connection', identity.name];
  return parts.map((part) => part.toLowerCase()).join(' ') as LaneKey;
}
