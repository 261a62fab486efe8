// Queue ids: short, unique, and in order of time.

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLetters = 9;

/**
 * A queue id of 16 letters (Crockford's base 32): nine of time, the rest chance.
 * @param epochMs time of acceptance
 * @param random seven bytes or more of good randomness
 */
export function formatId(epochMs: number, random: Uint8Array): string {
  let time = epochMs;
  let id = '';
  for (let letter = 0; letter < timeLetters; letter++) {
    id = alphabet[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (const byte of random.subarray(0, 7)) id += alphabet[byte & 31];
  return id;
}
