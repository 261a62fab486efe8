// The doctor's checks of a gateway that runs, for its page.
import type { CheckFinding } from './core/finding.ts';
import type { Live } from './gateway-parts.ts';
import type { GatewayOptions } from './gateway.ts';
import { findingsOf, runChecks } from './setup/doctor-check.ts';

/** A page waits for it. */
const deadlineMs = 20_000;

/** Whoever asks while they run gets what that run finds. */
export function createCheckRun(
  { env }: Pick<GatewayOptions, 'env'>,
  { live }: { readonly live: { readonly current: Live } },
): () => Promise<readonly CheckFinding[]> {
  let running: Promise<readonly CheckFinding[]> | undefined;
  return () => (running ??= run(live.current, env).finally(() => (running = undefined)));
}

async function run(
  { config, secrets }: Live,
  env: GatewayOptions['env'],
): Promise<readonly CheckFinding[]> {
  await using stack = new AsyncDisposableStack();
  try {
    // Loaded when somebody asks: a gateway at rest is the smaller without.
    const { createChecks } = await import('./gateway-doctor.ts');
    const given = { config, secrets, env, readFiles: [config.file], mailboxes: [] };
    return await runChecks(createChecks(given, stack), {
      deadlineMs,
      isOffline: false,
      onProgress: () => {},
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      findingsOf('configuration', config.file).failure(`The checks cannot be made: ${reason}`),
    ];
  }
}
