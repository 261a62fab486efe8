// Stands in for the host of upload URLs, which carry their own authorization: takes a file in pieces, in order.
import { admitToLane, framingAnswer } from './admission.ts';
import { graphFaultAnswer, jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import { attach } from './attachments.ts';
import { itemNotFound, methodNotAllowed } from './graph-faults.ts';
import type { Admission, SandboxRequest } from './request.ts';
import type { Tenant } from './tenant.ts';
import type { Lanes } from './throttle.ts';
import { statusOf, type UploadSession } from './upload-sessions.ts';

export class UploadHost {
  readonly #tenant: Tenant;
  readonly #lanes: Lanes;

  constructor(options: { readonly tenant: Tenant; readonly lanes: Lanes }) {
    this.#tenant = options.tenant;
    this.#lanes = options.lanes;
  }

  admit(request: SandboxRequest): Admission {
    const framing = framingAnswer(request, Number.POSITIVE_INFINITY);
    if (framing !== undefined) return { kind: 'refused', answer: framing };
    const fault = this.#authorizationFault(request);
    const session = this.#find(request);
    if (session === undefined || fault !== undefined) {
      const answer = graphFaultAnswer(fault ?? itemNotFound, request);
      return { kind: 'refused', answer };
    }
    return admitToLane(request, {
      lane: this.#lanes.of(session.mailbox),
      journal: this.#tenant.journal,
      carryOut: () => this.#carryOut(session, request),
    });
  }

  #find({ path, query, receivedAt }: SandboxRequest): UploadSession | undefined {
    const { uploads, drafts } = this.#tenant;
    const session = uploads.get(query.get('authtoken') ?? '');
    if (path !== '/attachmentSessions' || session === undefined) return undefined;
    const isOver = receivedAt >= session.expiresAt;
    if (!isOver && drafts.find(session.mailbox, session.draft.id) !== undefined) return session;
    uploads.delete(session.token);
    return undefined;
  }

  #authorizationFault({ headers }: SandboxRequest): GraphFault | undefined {
    if (headers.authorization === undefined) return undefined;
    this.#tenant.journal.violation('An upload URL was called with an Authorization header');
    return {
      status: 401,
      code: 'InvalidAuthenticationToken',
      message: 'An upload URL takes no Authorization header.',
    };
  }

  async #carryOut(session: UploadSession, request: SandboxRequest): Promise<Answer | GraphFault> {
    switch (request.method) {
      case 'GET':
        return jsonAnswer(200, statusOf(session));
      case 'DELETE':
        this.#tenant.uploads.delete(session.token);
        return { status: 204 };
      case 'PUT':
        return this.#put(session, request);
      default:
        return methodNotAllowed;
    }
  }

  async #put(session: UploadSession, request: SandboxRequest): Promise<Answer | GraphFault> {
    const fault = pieceFault(session, request, this.#tenant.limits.uploadPieceBytes);
    if (fault !== undefined) {
      await request.body.discard();
      return fault;
    }
    const start = session.receivedBytes;
    const piece = await request.body.bytes();
    if (start !== session.receivedBytes) return wrongRange('Two PUTs came at once.');
    session.pieces.push(piece);
    session.receivedBytes += piece.length;
    if (session.receivedBytes < session.item.size) return jsonAnswer(200, statusOf(session));
    return this.#complete(session);
  }

  #complete({ token, draft, item, pieces }: UploadSession): Answer | GraphFault {
    const { uploads, uploadOrigin } = this.#tenant;
    uploads.delete(token);
    const { name, contentType, contentId, isInline } = item;
    const fault = attach(draft, {
      name,
      contentType,
      contentId,
      isInline,
      content: Buffer.concat(pieces),
    });
    if (fault !== undefined) return fault;
    const location = `${uploadOrigin()}/Messages('${draft.id}')/Attachments('${draft.attachments.length}')`;
    return { status: 201, headers: { location } };
  }
}

/** Pieces come in order, without gaps, and say exactly what they are. */
function pieceFault(
  session: UploadSession,
  { headers, body }: SandboxRequest,
  maxBytes: number,
): GraphFault | undefined {
  const { declaredBytes } = body;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (range === null) return wrongRange('Content-Range is missing or malformed.');
  const [start = 0, end = 0, total = 0] = range.slice(1).map(Number);
  if (headers['content-type'] !== 'application/octet-stream') {
    return wrongRange('The Content-Type must be application/octet-stream.');
  }
  if (declaredBytes === undefined || declaredBytes !== end - start + 1) {
    return wrongRange('Content-Length and Content-Range differ.');
  }
  if (total !== session.item.size || end >= total) {
    return wrongRange(`The attachment has ${session.item.size} bytes.`);
  }
  if (declaredBytes > maxBytes) {
    return { status: 413, code: 'RequestEntityTooLarge', message: `At most ${maxBytes} bytes.` };
  }
  if (start === session.receivedBytes) return undefined;
  return {
    status: 416,
    code: 'ErrorInvalidRange',
    message: `Expected the bytes from ${session.receivedBytes} on.`,
  };
}

function wrongRange(message: string): GraphFault {
  return { status: 400, code: 'ErrorInvalidRequest', message };
}
