// Somebody who is told of trouble: an HTTP server on this machine that keeps what it gets.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { portOf } from './https-server.ts';

/** One cause in a generic message. */
export interface ReceivedAlert {
  readonly event: string;
  readonly cause: string;
  readonly state: string;
  readonly title: string;
  readonly text: string;
  readonly remedy: string;
  readonly count: number;
}

export interface AlertReceiver extends AsyncDisposable {
  readonly url: string;
  /** Bodies of all requests that it took, as parsed JSON. */
  readonly bodies: readonly unknown[];
  /** How often it was asked. */
  requests(): number;
  /** What generic messages told of one kind of trouble, in order. */
  told(event: string): readonly ReceivedAlert[];
  /** What it answers from now on; what is not 2xx it does not keep. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
}

export async function startAlertReceiver(): Promise<AlertReceiver> {
  const bodies: unknown[] = [];
  let requests = 0;
  let answer: { status: number; headers: Readonly<Record<string, string>> } = {
    status: 204,
    headers: {},
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      requests += 1;
      const isTaken = answer.status >= 200 && answer.status < 300;
      if (isTaken) bodies.push(JSON.parse(Buffer.concat(pieces).toString('utf8')));
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}/hook`,
    bodies,
    requests: () => requests,
    told: (event) => bodies.flatMap(alertsOf).filter((alert) => alert.event === event),
    answer(status, headers = {}) {
      answer = { status, headers };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The form is docs/alerts.md's. */
function alertsOf(body: unknown): readonly ReceivedAlert[] {
  return (body as { readonly alerts: readonly ReceivedAlert[] }).alerts;
}
