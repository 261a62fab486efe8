// The date-time of RFC 5322 §3.3.

/** In UTC. */
export function formatDateTime(epochMs: number): string {
  return new Date(epochMs).toUTCString().replace('GMT', '+0000');
}
