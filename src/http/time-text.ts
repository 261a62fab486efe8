// Times as they stand in answers of the API.

/** ISO 8601 in UTC. @param time epoch ms */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}
