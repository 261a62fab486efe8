// Keeps a sign-in alive: Entra forgets refresh tokens that nobody has used for 90 days, and a connection may be idle.
import type { Clock, TokenSource } from '../relay/ports.ts';

const dayMs = 86_400_000;

/** Asks for a token at once, so that a missing sign-in is seen at the start, and then each day until the signal. */
export async function keepAlive(
  tokens: TokenSource,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await tokens.token();
    await clock.wait(dayMs, { signal });
  }
}
