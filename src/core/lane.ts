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
  const start = startOf(identity);
  return (identity.kind === 'graph' ? `${start} ${sendAs.toLowerCase()}` : start) as LaneKey;
}

/** Whether it is a lane of that identity. */
export function isLaneOf(lane: LaneKey, identity: LaneIdentity): boolean {
  const start = startOf(identity);
  return identity.kind === 'graph' ? lane.startsWith(`${start} `) : lane === start;
}

function startOf(identity: LaneIdentity): string {
  const parts =
    identity.kind === 'graph'
      ? [identity.authority, identity.tenant, identity.clientId]
      : ['connection', identity.name];
  return parts.map((part) => part.toLowerCase()).join(' ');
}
