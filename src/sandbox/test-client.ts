// A bare HTTPS client for the sandbox's own tests: it sends exactly what it is told to, right or wrong.
import { once } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Sandbox } from './sandbox.ts';

export interface Call {
  /** Default GET; POST with a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The body goes without a Content-Length. */
  readonly chunked?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
  /** `error.code` of Graph's error body; '' when it has none. */
  readonly code: string;
}

export interface MailParts {
  readonly from?: string;
  readonly to?: string;
  /** More fields, each with its CRLF. */
  readonly fields?: string;
  readonly body?: string;
}

/** What the error of a call says whose connection ended before its answer. */
export const connectionLost = /socket hang up|ECONNRESET|EPIPE|aborted/;

/** A small message, right in every way unless told otherwise. */
export function mail(parts: MailParts = {}): string {
  const {
    from = 'ann@contoso.com',
    to = 'bob@example.com',
    fields = '',
    body = 'Hello\r\n',
  } = parts;
  return `From: ${from}\r\n${to && `To: ${to}\r\n`}${fields}Message-ID: <1@contoso.com>\r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\n\r\n${body}`;
}

export class TestClient {
  readonly #sandbox: Sandbox;
  #token = '';

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Rejects when the connection ends in place of an answer. */
  async call(url: string, call: Call = {}): Promise<Reply> {
    const outgoing = this.open(url, call);
    outgoing.end(call.body);
    return await readReply(outgoing);
  }

  /** A request whose body is still to be written. */
  open(url: string, call: Call): ClientRequest {
    const { body, headers, chunked = false } = call;
    const method = call.method ?? (body === undefined ? 'GET' : 'POST');
    const length =
      body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
    const framing = chunked ? { 'transfer-encoding': 'chunked' } : length;
    const outgoing = request(url, {
      ca: this.#sandbox.ca,
      agent: false,
      method,
      headers: { ...framing, ...headers },
    });
    // Who waits for the answer hears of it too; afterwards it no longer matters.
    outgoing.on('error', () => undefined);
    return outgoing;
  }

  /** A form to the token endpoint; what is not named is right. */
  token(
    changes: Readonly<Record<string, string | undefined>> = {},
    tenant?: string,
  ): Promise<Reply> {
    const { authority, graph, clientId, clientSecret } = this.#sandbox;
    const form = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${graph}/.default`,
      ...changes,
    };
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form)) {
      if (value !== undefined) body.set(name, value);
    }
    return this.call(`${authority}/${tenant ?? this.#sandbox.tenant}/oauth2/v2.0/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
  }

  /** A request to Graph with a good token. */
  async graph(path: string, call: Call = {}): Promise<Reply> {
    return await this.call(`${this.#sandbox.graph}${path}`, await this.authorized(call));
  }

  /** A JSON request to Graph with a good token. */
  post(path: string, value: unknown): Promise<Reply> {
    const headers = { 'content-type': 'application/json' };
    return this.graph(path, { headers, body: JSON.stringify(value) });
  }

  /** sendMail with a MIME message. */
  sendMime(mime: string | Uint8Array, mailbox = 'ann@contoso.com'): Promise<Reply> {
    return this.graph(`/v1.0/users/${encodeURIComponent(mailbox)}/sendMail`, {
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(mime).toString('base64'),
    });
  }

  async authorized(call: Call): Promise<Call> {
    if (this.#token === '') {
      this.#token = /"access_token":"([^"]+)"/.exec((await this.token()).text)?.[1] ?? '';
    }
    return { ...call, headers: { authorization: `Bearer ${this.#token}`, ...call.headers } };
  }
}

export async function readReply(outgoing: ClientRequest): Promise<Reply> {
  const [incoming] = await once(outgoing, 'response');
  const { statusCode: status = 0, headers } = incoming;
  const body = await text(incoming);
  const code = /"error":\{"code":"(\w+)"/.exec(body)?.[1] ?? '';
  return { status, headers, text: body, json: () => JSON.parse(body), code };
}
