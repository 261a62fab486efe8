// How long a request is waited for.

/** For the answer, and for a token. */
const patienceMs = 120_000;
/** The slowest upload that is waited for, 20 kB/s. */
const bytesPerMs = 20;

/** Ms for a request with a body of so many bytes. */
export function patienceFor(contentLength: number): number {
  return patienceMs + contentLength / bytesPerMs;
}
