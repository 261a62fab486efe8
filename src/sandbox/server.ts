// One HTTPS server of the sandbox: takes requests, lets its service answer them, and makes the ordered faults happen.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { inspect } from 'node:util';
import { cutAnswer, jsonAnswer, type Answer } from './answer.ts';
import type { ServerCertificate } from './certificate.ts';
import { drip } from './drip.ts';
import { answerWith, isCarriedOut, type Fault, type Faults } from './faults.ts';
import type { Identifiers } from './identifiers.ts';
import type { Journal, OpenRequest, ServiceName } from './journal.ts';
import { ClientGone, RequestBody } from './request-body.ts';
import type { Admission, Admit, SandboxRequest } from './request.ts';

export interface SandboxServerOptions {
  readonly service: ServiceName;
  readonly admit: Admit;
  readonly certificate: ServerCertificate;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly now: () => number;
  readonly identifiers: Identifiers;
  readonly keepBodies: boolean;
}

/** Longer than any client keeps a connection: it is the client who closes it, so that no request meets a closing one. */
const keepAliveMs = 600_000;

const noBytes = Buffer.alloc(0);
const noQuery = new URLSearchParams();

export class SandboxServer implements AsyncDisposable {
  readonly #options: SandboxServerOptions;
  readonly #server: Server;

  constructor(options: SandboxServerOptions) {
    this.#options = options;
    const { certificate, privateKey: key } = options.certificate;
    this.#server = createServer(
      { cert: certificate, key, minVersion: 'TLSv1.2', keepAliveTimeout: keepAliveMs },
      (message, response) => void this.#serve(message, response),
    );
  }

  /** Resolves with the port. Rejects when the address cannot be had. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const listening = Promise.withResolvers<void>();
    this.#server.once('error', listening.reject);
    this.#server.listen({ host, port }, listening.resolve);
    await listening.promise;
    this.#server.off('error', listening.reject);
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Cuts all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { service, journal, now, keepBodies } = this.#options;
    const receivedAt = now();
    const record = journal.open(service, message, receivedAt);
    const body = new RequestBody(message, { keep: keepBodies });
    const request = this.#toRequest(message, { body, receivedAt });
    try {
      const answer = await this.#answer({ request, record, response });
      if (answer.cut !== 'before-answer' && !response.destroyed) record.status = answer.status;
      this.#finish(record, body);
      this.#send(response, { request, answer });
    } catch (error) {
      this.#finish(record, body);
      if (error instanceof ClientGone) return;
      journal.violation(`The sandbox itself failed: ${inspect(error)}`);
      response.socket?.destroy();
    }
  }

  #finish(record: OpenRequest, body: RequestBody): void {
    const raw = body.raw();
    record.bodyBytes = body.receivedBytes;
    record.endedAt = this.#options.now();
    if (raw !== undefined) record.body = raw;
  }

  #toRequest(
    { method = '', url = '', headers }: IncomingMessage,
    { body, receivedAt }: { readonly body: RequestBody; readonly receivedAt: number },
  ): SandboxRequest {
    const id = this.#options.identifiers.guid();
    const clientRequestId = headers['client-request-id'];
    const mark = url.indexOf('?');
    return {
      id,
      clientRequestId: typeof clientRequestId === 'string' ? clientRequestId : id,
      receivedAt,
      method,
      path: mark === -1 ? url : url.slice(0, mark),
      query: mark === -1 ? noQuery : new URLSearchParams(url.slice(mark)),
      headers,
      body,
    };
  }

  /** Throws `ClientGone`. */
  async #answer({ request, record, response }: Exchange): Promise<Answer> {
    const { admit, faults, now } = this.#options;
    const admission = admit(request);
    if (admission.kind === 'refused') {
      admission.lane?.note(admission.answer, now());
      return admission.answer;
    }
    const { lane } = admission;
    try {
      const fault = faults.take(record);
      const answer = await this.#carryOut(admission, { request, response, fault });
      lane?.note(answer, now());
      return answer;
    } finally {
      // Before the answer goes out: the client may send its next request as soon as it has read it.
      lane?.leave();
    }
  }

  async #carryOut(admission: Admitted, options: CarryOutOptions): Promise<Answer> {
    const { request, response, fault } = options;
    if (fault === undefined) {
      const answer = await admission.carryOut();
      if (answer.delayMs !== undefined) await pause(answer.delayMs, response);
      return answer;
    }
    if (fault.cut === 'before') return cutAnswer;
    if (fault.cut === 'mid-body') {
      await request.body.half();
      return cutAnswer;
    }
    const own = isCarriedOut(fault) ? await admission.carryOut() : await unheeded(request);
    if (fault.delayMs !== undefined) await pause(fault.delayMs, response);
    const until = typeof fault.until === 'function' ? fault.until() : fault.until;
    if (until !== undefined) await Promise.race([until, closing(response)]);
    return fault.cut === 'after' ? cutAnswer : answerWith(fault, own);
  }

  #send(response: ServerResponse, { request, answer }: Reply): void {
    if (answer.cut === 'before-answer') {
      response.socket?.destroy();
      return;
    }
    const body = answer.body === undefined ? noBytes : Buffer.from(answer.body);
    const headers = {
      date: new Date(this.#options.now()).toUTCString(),
      'request-id': request.id,
      'client-request-id': request.clientRequestId,
      ...(answer.status !== 204 && { 'content-length': String(body.length) }),
      ...answer.headers,
    };
    if (answer.dripMs !== undefined) {
      void drip(response, { ...answer, headers, body, everyMs: answer.dripMs });
      return;
    }
    response.writeHead(answer.status, headers);
    if (answer.cut === undefined) response.end(body);
    else response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
  }
}

interface Exchange {
  readonly request: SandboxRequest;
  readonly record: OpenRequest;
  readonly response: ServerResponse;
}

type Admitted = Extract<Admission, { kind: 'admitted' }>;

interface CarryOutOptions {
  readonly request: SandboxRequest;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
}

interface Reply {
  readonly request: SandboxRequest;
  readonly answer: Answer;
}

/** The request is read, and nothing comes of it. */
async function unheeded(request: SandboxRequest): Promise<Answer> {
  await request.body.discard();
  return jsonAnswer(500, {});
}

/** Resolves after that time, or when the connection ends. */
async function pause(delayMs: number, response: ServerResponse): Promise<void> {
  const waited = Promise.withResolvers<void>();
  const timer = setTimeout(waited.resolve, delayMs);
  await Promise.race([waited.promise, closing(response)]);
  clearTimeout(timer);
}

function closing(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once('close', resolve);
  });
}
