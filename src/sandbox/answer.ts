// What the sandbox answers: a value, so that rules can be told apart from HTTP.

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** '' when absent. */
  readonly body?: string;
  /** Goes out this much later. */
  readonly delayMs?: number;
  /** Goes out byte by byte, each after so many ms. */
  readonly dripMs?: number;
  /** The connection ends in place of the answer, or in the middle of its body. */
  readonly cut?: 'before-answer' | 'mid-answer';
}

/** An error of Graph: the `code` that clients branch on, and a sentence for people. */
export interface GraphFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the error bodies of Graph and Entra repeat of their request. */
export interface RequestMark {
  /** Graph's `request-id`, Entra's trace id. */
  readonly id: string;
  readonly clientRequestId: string;
  /** Epoch ms. */
  readonly receivedAt: number;
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

export const cutAnswer: Answer = { status: 0, cut: 'before-answer' };

/** Graph's error body. Its date carries no zone, as the service's own does not. */
export function graphFaultAnswer(fault: GraphFault, mark: RequestMark): Answer {
  const error = {
    code: fault.code,
    message: fault.message,
    innerError: {
      date: new Date(mark.receivedAt).toISOString().slice(0, 19),
      'request-id': mark.id,
      'client-request-id': mark.clientRequestId,
    },
  };
  return jsonAnswer(fault.status, { error }, fault.headers);
}

/** A refusal by the web server in front of the service: HTML, not Graph's JSON. */
export function htmlAnswer(status: number, title: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=us-ascii' },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h2>${title}</h2><hr><p>HTTP Error ${status}.</p></body></html>\r\n`,
  };
}
