// sendMail over undici and no more than that: no retries, no limits but that of four at once for each mailbox.
import { Agent, request } from 'undici';
import type { SimulatorEndpoints } from '../simulator/protocol.ts';

/** Graph's limit for one app on one mailbox (docs/graph.md, "Limits"). */
const concurrencyPerMailbox = 4;

export class GraphClient {
  readonly #agent: Agent;
  readonly #graph: string;
  readonly #token: string;
  readonly #mailboxes = new Map<string, { inFlight: number; waiting: (() => void)[] }>();

  static async connect(simulator: SimulatorEndpoints): Promise<GraphClient> {
    const agent = new Agent({
      connections: 256,
      pipelining: 1,
      allowH2: false,
      connect: { ca: simulator.ca },
    });
    return new GraphClient(agent, simulator.graph, await askForToken(simulator, agent));
  }

  private constructor(agent: Agent, graph: string, token: string) {
    this.#agent = agent;
    this.#graph = graph;
    this.#token = token;
  }

  /** Rejects when the answer is no 202. */
  async send(mailbox: string, message: Buffer): Promise<void> {
    await this.#enter(mailbox);
    try {
      await this.#post(mailbox, message);
    } finally {
      this.#leave(mailbox);
    }
  }

  async #post(mailbox: string, message: Buffer): Promise<void> {
    const url = `${this.#graph}/v1.0/users/${encodeURIComponent(mailbox)}/sendMail`;
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'text/plain' },
      body: Buffer.from(message.toString('base64'), 'latin1'),
      dispatcher: this.#agent,
    });
    const text = await body.text();
    if (statusCode !== 202) throw new Error(`Graph answered ${statusCode}: ${text}`);
  }

  async #enter(mailbox: string): Promise<void> {
    const lane = this.#mailboxes.get(mailbox) ?? { inFlight: 0, waiting: [] };
    this.#mailboxes.set(mailbox, lane);
    if (lane.inFlight < concurrencyPerMailbox) lane.inFlight += 1;
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
  }

  /** Whoever waits takes over the place. */
  #leave(mailbox: string): void {
    const lane = this.#mailboxes.get(mailbox);
    const next = lane?.waiting.shift();
    if (next) next();
    else if (lane) lane.inFlight -= 1;
  }
}

async function askForToken(simulator: SimulatorEndpoints, dispatcher: Agent): Promise<string> {
  const { authority, tenant, clientId, clientSecret, graph } = simulator;
  const { body } = await request(`${authority}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${graph}/.default`,
    }).toString(),
    dispatcher,
  });
  const { access_token: token } = (await body.json()) as { access_token?: string };
  if (token === undefined) throw new Error('The simulator gave no token');
  return token;
}
