// The sandbox's Entra, and token sources that ask it: time stands still until a test moves it.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgent, type GraphAgent } from '../../src/graph/agent.ts';
import { outcomeOfTokenFailure } from '../../src/graph/outcome.ts';
import { createTokenSource, type TokenSourceOptions } from '../../src/identity/token-source.ts';
import type { Clock, TokenFailure, TokenSource } from '../../src/relay/ports.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

export interface EntraSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly agent: GraphAgent;
  /** Of sandbox and token sources; `time` may be changed. */
  readonly clock: Clock & { time: number };
  /** A folder of this test alone. */
  readonly folder: string;
  createSource(
    options: Pick<TokenSourceOptions, 'credential'> & Partial<TokenSourceOptions>,
  ): TokenSource;
  /** Forms that the token endpoint got, oldest first. */
  forms(): readonly Readonly<Record<string, string>>[];
}

export async function startEntraSandbox(): Promise<EntraSandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-identity-'));
  const clock = { time: Date.now(), now: () => clock.time, wait: endless };
  const sandbox = await createSandbox({ now: () => clock.time, keepBodies: true });
  const agent = createAgent({ ca: sandbox.ca, connections: 10, env: {} });
  return {
    sandbox,
    agent,
    clock,
    folder,
    createSource: (options) =>
      createTokenSource({
        ...sandbox,
        connection: 'main',
        dispatcher: agent,
        clock,
        events: { tokenRequested() {} },
        ...options,
      }),
    forms: () =>
      sandbox.requests
        .filter(({ path }) => path.includes('/oauth2/v2.0/token'))
        .map(({ body }) =>
          Object.fromEntries(new URLSearchParams(Buffer.from(body ?? []).toString())),
        ),
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function endless(_delayMs: number, { signal }: { readonly signal: AbortSignal }) {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Why the source gives no token. Throws when it gives one. */
export async function failureOf(source: TokenSource): Promise<TokenFailure> {
  const got = await source.token();
  if (got.kind === 'token') throw new Error('A token, where a failure was expected');
  return got;
}

/** What the operator reads, after what it means for the mail: `hold connection: …`. */
export async function sentenceOf(source: TokenSource): Promise<string> {
  const outcome = outcomeOfTokenFailure(await failureOf(source));
  if (outcome.kind !== 'deferred') return outcome.kind;
  return `${outcome.hold ? `hold ${outcome.hold}` : 'retry'}: ${outcome.diagnostic}`;
}
