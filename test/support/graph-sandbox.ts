// The sandbox, and a transport to it: time stands still for deadlines, and leaps over every wait between tries.
import { once } from 'node:events';
import { parseAddress, type Address } from '../../src/core/address.ts';
import { createAgent } from '../../src/graph/agent.ts';
import { createGraphHttp, type GraphHttp } from '../../src/graph/http.ts';
import { createGraphTransport, type GraphTransportOptions } from '../../src/graph/transport.ts';
import { createTokenSource } from '../../src/identity/token-source.ts';
import { messageParts } from '../../src/mime/part-port.ts';
import type {
  Clock,
  Content,
  SandboxMessage,
  Submission,
  Transport,
} from '../../src/relay/ports.ts';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

export interface GraphSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly http: GraphHttp;
  /** Of what waits between tries. */
  readonly clock: Clock;
  /** Ms of every wait between tries. */
  readonly waits: readonly number[];
  /** A transport of its own, as another process has it. */
  createTransport(options?: Partial<GraphTransportOptions>): Transport;
  /** What was sent, oldest first. */
  sent(): Promise<readonly SandboxMessage[]>;
  /** `POST /messages`, without mailbox, ids and query; those of Entra left out. */
  readonly calls: readonly string[];
}

export async function startGraphSandbox(
  options: Partial<SandboxOptions> = {},
): Promise<GraphSandbox> {
  const time = { now: Date.parse('2026-11-22T12:00:00Z') };
  const sandbox = await createSandbox({ now: () => time.now, ...options });
  const agent = createAgent({ ca: sandbox.ca, connections: 20, env: {} });
  const deadlines: Clock = { now: () => time.now, wait: endless };
  const waits: number[] = [];
  const clock: Clock = {
    now: () => time.now,
    async wait(delayMs) {
      waits.push(delayMs);
      time.now += delayMs;
    },
  };
  const shared = { ...sandbox, connection: 'main', clock: deadlines, events: silent };
  const credential = { kind: 'secret', secret: sandbox.clientSecret } as const;
  const tokenSource = createTokenSource({ ...shared, credential, dispatcher: agent });
  const http = createGraphHttp({ ...shared, agent, tokenSource, createRequestId: () => 'id' });
  return {
    sandbox,
    http,
    clock,
    waits,
    createTransport: (changes) =>
      createGraphTransport({
        http,
        clock,
        requestLimitBytes: 4_000_000,
        parts: messageParts,
        largeMessages: true,
        ...changes,
      }),
    async sent() {
      const ids = sandbox.mailbox.list().map(({ id }) => id);
      const messages = await Promise.all(ids.map((id) => sandbox.mailbox.get(id)));
      return messages.filter((message) => message !== undefined).reverse();
    },
    get calls() {
      return sandbox.requests.filter(({ service }) => service !== 'entra').map(toCall);
    },
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

const silent = { graphRequestStarted() {}, graphRequestEnded() {}, tokenRequested() {} };

async function endless(_delayMs: number, { signal }: { readonly signal: AbortSignal }) {
  if (!signal.aborted) await once(signal, 'abort');
}

function toCall({ method, path, service }: RecordedRequest): string {
  if (service === 'upload') return `${method} upload`;
  const [, , , , ...segments] = path.replace(/\?.*/, '').split('/');
  const names = segments.map((segment) => (segment.length > 40 ? '*' : segment));
  return `${method} /${names.join('/')}`;
}

export function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`No address: "${text}"`);
  return address;
}

export function submissionOf(content: Content, changes: Partial<Submission> = {}): Submission {
  return {
    deliveryId: 'd1-1',
    attempt: 1,
    sendAs: addressOf('ann@contoso.com'),
    envelope: {
      reversePath: addressOf('ann@contoso.com'),
      forwardPaths: [addressOf('bob@example.com')],
      smtpUtf8: false,
    },
    messageId: '<1@contoso.com>',
    saveToSentItems: true,
    content,
    ...changes,
  };
}
