// A listener on a free port, with an `accept` that keeps what it is given.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { compileNetworks, parseNetwork } from '../../src/config/networks.ts';
import type { ClientConfig, IntakeLimits, ListenerConfig } from '../../src/config/config.ts';
import { Secrets, type LoginSecret } from '../../src/config/secrets.ts';
import { parseAddressPattern } from '../../src/core/address.ts';
import type { Networks } from '../../src/core/condition.ts';
import type { Accept, Clock, Events, Transaction } from '../../src/relay/ports.ts';
import { createListener, type Listener, type ListenerParts } from '../../src/smtp/listener.ts';
import { toLibraryOptions } from '../../src/smtp/library-options.ts';
import { Quotas } from '../../src/smtp/quotas.ts';
import { Reception, type ListenerSettings } from '../../src/smtp/reception.ts';
import { Server } from '../../src/smtp/server.ts';
import { connectRaw, type RawClient } from './raw-client.ts';

/** A transaction that was accepted, with its whole content. */
export interface Kept extends Pick<Transaction, 'client' | 'envelope'> {
  readonly id: string;
  readonly text: string;
}

export interface RecordedEvent {
  readonly name: keyof Events;
  readonly [key: string]: unknown;
}

export interface Intake extends AsyncDisposable {
  readonly listener: Listener;
  /** What it was started with. */
  readonly settings: ListenerSettings;
  readonly kept: readonly Kept[];
  readonly events: readonly RecordedEvent[];
  /** Resolves with the first such event, also when it has happened already. */
  happened(name: keyof Events): Promise<RecordedEvent>;
}

export interface IntakeOptions extends Partial<
  Pick<
    ListenerParts,
    | 'accept'
    | 'clients'
    | 'secrets'
    | 'checkReversePath'
    | 'clock'
    | 'overload'
    | 'quotas'
    | 'acceptTimeoutMs'
    | 'dataPace'
    | 'patrolMs'
  >
> {
  readonly limits?: Partial<IntakeLimits>;
  readonly listener?: Partial<ListenerConfig>;
  /** In place of what is recorded. */
  readonly events?: Partial<Events>;
}

const realClock: Clock = {
  now: () => Date.now(),
  wait: (delayMs, { signal }) => delay(delayMs, undefined, { signal }).catch(() => undefined),
};

const usualConfig: ListenerConfig = {
  name: 'test',
  host: '127.0.0.1',
  port: 0,
  mode: 'queued',
  loginWithoutTls: false,
};

const pace = { graceMs: 60_000, minBytesPerSecond: 1, longestMs: 60_000, acceptTimeoutMs: 60_000 };

const usualLimits: IntakeLimits = {
  messageBytes: 1_000_000,
  connections: 100,
  idleTimeoutMs: 300_000,
  authFailuresPerMinute: 10,
};

export async function startIntake(options: IntakeOptions = {}): Promise<Intake> {
  const { config, parts, kept, recorder } = prepare(options);
  const listener = await createListener(config, parts);
  return {
    listener,
    settings: parts,
    kept,
    events: recorder.recorded,
    happened: recorder.happened,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** A session with a client whose address is `ip`, however near it is. */
export async function connectFrom(ip: string, options: IntakeOptions = {}): Promise<RawClient> {
  const server = createLibraryServer(options);
  const client = await connectOnce((socket) => server.connect(socket, { remoteAddress: ip }));
  await client.read();
  return client;
}

/** A client whose first bytes are there before the server has greeted it. */
export async function connectTalking(bytes: string): Promise<RawClient> {
  const server = createLibraryServer({});
  const client = await connectOnce((socket) => {
    socket.once('readable', () => server.connect(socket));
  });
  await client.write(bytes);
  return client;
}

function createLibraryServer(options: IntakeOptions): Server {
  const { config, parts } = prepare(options);
  const reception = new Reception(config, {
    overload: () => undefined,
    pace,
    ...parts,
    quotas: new Quotas(),
  });
  return new Server(toLibraryOptions(parts), reception);
}

/** Connects to a server that gives its only connection to `take`. */
async function connectOnce(take: (socket: Socket) => void): Promise<RawClient> {
  const front = createServer((socket) => {
    front.close();
    take(socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const address = front.address();
  if (address === null || typeof address === 'string') throw new Error('No address');
  return await connectRaw({ host: address.address, port: address.port });
}

interface Prepared {
  readonly config: ListenerConfig;
  readonly parts: ListenerParts;
  readonly kept: readonly Kept[];
  readonly recorder: Recorder;
}

function prepare({ limits, listener, events, ...parts }: IntakeOptions): Prepared {
  const kept: Kept[] = [];
  const recorder = recordEvents(events);
  return {
    config: { ...usualConfig, ...listener },
    parts: {
      hostname: 'relay.example.com',
      clients: [createClient('local')],
      secrets: createSecrets({}),
      accept: keepIn(kept),
      checkReversePath: () => undefined,
      clock: realClock,
      ...parts,
      limits: { ...usualLimits, ...limits },
      events: recorder.events,
    },
    kept,
    recorder,
  };
}

/** A client that may send anything from anywhere, but for `changes`. */
export function createClient(name: string, changes: Partial<ClientConfig> = {}): ClientConfig {
  return {
    name,
    senders: createPatterns('*'),
    recipients: createPatterns('*'),
    recipientsPerMessage: 100,
    ...changes,
  };
}

export function createPatterns(...texts: readonly string[]): ClientConfig['recipients'] {
  return texts.map((text) => parseAddressPattern(text) ?? fail(text));
}

export function createNetworks(...texts: readonly string[]): Networks {
  return compileNetworks(texts.map((text) => parseNetwork(text) ?? fail(text)));
}

/** Passwords by name of the client. */
export function createSecrets(passwords: Readonly<Record<string, string | LoginSecret>>): Secrets {
  const logins = Object.entries(passwords).map(([name, secret]): [string, LoginSecret] => [
    name,
    typeof secret === 'string' ? { kind: 'password', password: secret } : secret,
  ]);
  return new Secrets({ logins: new Map(logins), clientSecrets: new Map() });
}

/** Reads the whole message, as `accept` does, and keeps it unless its bytes forbid that. */
function keepIn(kept: Kept[]): Accept {
  return async (transaction) => {
    const { client, envelope } = transaction;
    const text = await readText(transaction.content);
    const refused = transaction.refusal();
    if (refused) return refused;
    const id = `message-${kept.length + 1}`;
    kept.push({ id, client, envelope, text });
    return { kind: 'accepted', id };
  };
}

/** The content as latin1, so that every byte is one letter. */
export async function readText(content: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const piece of content) text += Buffer.from(piece).toString('latin1');
  return text;
}

/** A clock that stands still, but for `advance`. */
export class ManualClock implements Clock {
  /** What was waited for, in ms. */
  readonly waits: number[] = [];
  readonly #sleepers = new Set<{ readonly dueAt: number; readonly wake: () => void }>();
  #now = 1_750_000_000_000;

  now(): number {
    return this.#now;
  }

  async wait(delayMs: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.waits.push(delayMs);
    if (signal.aborted || delayMs <= 0) return;
    await new Promise<void>((wake) => {
      this.#sleepers.add({ dueAt: this.#now + delayMs, wake });
      signal.addEventListener('abort', () => wake());
    });
  }

  /** Lets time pass, and wakes those whose time has come. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers].filter(({ dueAt }) => dueAt <= this.#now)) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

interface Recorder {
  readonly events: Events;
  readonly recorded: readonly RecordedEvent[];
  readonly happened: (name: keyof Events) => Promise<RecordedEvent>;
}

function recordEvents(others: Partial<Events> = {}): Recorder {
  const recorded: RecordedEvent[] = [];
  const waiting: (() => void)[] = [];
  const record = (name: keyof Events) => (event: object) => {
    recorded.push({ ...event, name });
    for (const wake of waiting.splice(0)) wake();
  };
  return {
    // Every other property is a function that records: that is what the proxy makes of the object.
    events: new Proxy({ ...others } as Events, {
      get: (_, name) => others[name as keyof Events] ?? record(name as keyof Events),
    }),
    recorded,
    async happened(name) {
      for (;;) {
        const event = recorded.find((candidate) => candidate.name === name);
        if (event) return event;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

function fail(text: string): never {
  throw new Error(`Not understood: "${text}"`);
}
