// Keeps an identity in use, whether there is mail or not: Entra forgets a sign-in that nobody has used for 90 days.
import type { Clock, TokenSource } from '../relay/ports.ts';

const dayMs = 86_400_000;

/**
 * Asks for a token at once, so that a credential that is of no use is seen at the start and not with the first mail, and
 * then each day until the signal.
 */
export async function keepAlive(
  tokens: TokenSource,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await tokens.token();
    await clock.wait(dayMs, { signal });
  }
}
