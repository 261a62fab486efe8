// Stands in for Microsoft Graph v1.0: what it asks of every request, and which resource answers it.
import { parseAddress } from '../core/address.ts';
import { admitToLane, framingAnswer } from './admission.ts';
import { graphFaultAnswer, type Answer, type GraphFault } from './answer.ts';
import { postAttachment } from './attachments.ts';
import { answerFromDirectory, isDirectoryPath } from './directory-graph.ts';
import { accessDenied, methodNotAllowed } from './graph-faults.ts';
import { deleteMessage, getMessage, listMessages, postMessage, sendDraft } from './messages.ts';
import type { Admission, SandboxRequest } from './request.ts';
import { sendMail } from './send-mail.ts';
import type { UserGrant } from './sign-ins.ts';
import type { MailboxRequest, Permission, Resource, Tenant } from './tenant.ts';
import type { Lanes } from './throttle.ts';
import type { Tokens } from './tokens.ts';
import { createUploadSession } from './upload-sessions.ts';

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/v1.0/users/{user}/`, as it came; its groups are ids. */
  readonly path: RegExp;
  readonly permission: Permission;
  readonly resource: Resource;
  readonly takesQuery?: true;
}

const mayWrite = 'Mail.ReadWrite';
const list = /^messages$/;
const item = /^messages\/([^/]+)$/;
const send = /^messages\/([^/]+)\/send$/;
const files = /^messages\/([^/]+)\/attachments$/;
const sessions = /^messages\/([^/]+)\/attachments\/createUploadSession$/;

const routes: readonly Route[] = [
  { method: 'POST', path: /^sendMail$/, permission: 'Mail.Send', resource: sendMail },
  { method: 'POST', path: list, permission: mayWrite, resource: postMessage },
  { method: 'GET', path: list, permission: mayWrite, resource: listMessages, takesQuery: true },
  { method: 'GET', path: item, permission: mayWrite, resource: getMessage, takesQuery: true },
  { method: 'DELETE', path: item, permission: mayWrite, resource: deleteMessage },
  { method: 'POST', path: send, permission: 'Mail.Send', resource: sendDraft },
  { method: 'POST', path: files, permission: mayWrite, resource: postAttachment },
  { method: 'POST', path: sessions, permission: mayWrite, resource: createUploadSession },
];

/** Where a request goes: below one user, or nowhere. */
interface Target {
  /** Decoded. */
  readonly user: string;
  /** What follows the user, as it came. */
  readonly rest: string;
}

export interface GraphOptions {
  readonly tenant: Tenant;
  readonly tokens: Tokens;
  readonly lanes: Lanes;
}

export class Graph {
  readonly #options: GraphOptions;

  constructor(options: GraphOptions) {
    this.#options = options;
  }

  admit(request: SandboxRequest): Admission {
    const { tenant, lanes } = this.#options;
    const framing = framingAnswer(request, tenant.limits.requestBytes);
    if (framing !== undefined) return { kind: 'refused', answer: framing };
    if (isDirectoryPath(request.path)) return this.#admitToDirectory(request);
    const grant = this.#options.tokens.grantOf(tokenOf(request) ?? '');
    const target = readTarget(request.path, grant);
    const route = routes.find(
      ({ method, path }) => method === request.method && path.test(target.rest),
    );
    const mailbox = parseAddress(target.user);
    const fault = this.#tokenFault(request) ?? this.#pathFault(request, { ...target, route });
    if (fault !== undefined || route === undefined || mailbox === undefined) {
      const answer = graphFaultAnswer(fault ?? unknownUser(target.user), request);
      return { kind: 'refused', answer };
    }
    const ids = route.path.exec(target.rest)?.slice(1).map(decode) ?? [];
    return admitToLane(request, {
      lane: lanes.of(mailbox),
      journal: tenant.journal,
      carryOut: () => this.#carryOut(route, { ...request, mailbox, ids }),
    });
  }

  #admitToDirectory(request: SandboxRequest): Admission {
    const { tenant, tokens } = this.#options;
    const fault = this.#tokenFault(request);
    if (fault) return { kind: 'refused', answer: graphFaultAnswer(fault, request) };
    const owner = tokens.ownerOf(tokenOf(request) ?? '') ?? { clientId: '' };
    return {
      kind: 'admitted',
      carryOut: () => answerFromDirectory(request, { ...tenant, owner }),
    };
  }

  async #carryOut(route: Route, request: MailboxRequest): Promise<Answer | GraphFault> {
    const fault = this.#userFault(route, request) ?? this.#mailboxFault(request, route);
    if (fault === undefined) return route.resource(this.#options.tenant, request);
    await request.body.discard();
    return fault;
  }

  /** An app that acts as a user may do what he consented to, in his own mailbox and those that he was let into. */
  #userFault({ permission }: Route, request: MailboxRequest): GraphFault | undefined {
    const { tenant, tokens } = this.#options;
    const grant = tokens.grantOf(tokenOf(request) ?? '');
    if (!grant) return undefined;
    const isOwn = grant.user.address.toLowerCase() === request.mailbox.toLowerCase();
    const isLetIn = isOwn || tenant.users?.has(request.mailbox.toLowerCase()) === true;
    return isLetIn && grant.scopes.includes(permission) ? undefined : accessDenied;
  }

  #tokenFault(request: SandboxRequest): GraphFault | undefined {
    const { receivedAt } = request;
    const token = tokenOf(request);
    if (token === undefined) return invalidToken('Access token is empty.');
    switch (this.#options.tokens.stateOf(token, receivedAt)) {
      case 'valid':
        return undefined;
      case 'expired':
        return invalidToken('Lifetime validation failed, the token is expired.');
      case 'unknown':
        return invalidToken('Access token validation failure.');
    }
  }

  #pathFault(
    { path, query }: SandboxRequest,
    { user, rest, route }: Target & { readonly route: Route | undefined },
  ): GraphFault | undefined {
    if (isInjected(user) || (route?.takesQuery !== true && query.size > 0)) {
      this.#options.tenant.journal.violation(`A path holds what was not encoded: "${path}"`);
      return badRequest('Invalid request.');
    }
    if (route !== undefined) return undefined;
    if (routes.some((known) => known.path.test(rest))) return methodNotAllowed;
    return badRequest(`Resource not found for the segment '${rest || user}'.`);
  }

  #mailboxFault(request: MailboxRequest, { permission }: Route): GraphFault | undefined {
    const { users, forced } = this.#options.tenant;
    const { mailbox } = request;
    if (!this.#isGranted(request, permission)) return accessDenied;
    if (users !== undefined && !users.has(mailbox.toLowerCase())) return unknownUser(mailbox);
    return forced.ofMailbox(mailbox);
  }

  /** The app that is there from the beginning has what a test gave it; the others, what the directory and Exchange did. */
  #isGranted(request: MailboxRequest, permission: Permission): boolean {
    const { permissions, directory, clientId: first } = this.#options.tenant;
    const owner = this.#options.tokens.ownerOf(tokenOf(request) ?? '');
    if (!owner?.clientId || owner.clientId === first) return permissions.has(permission);
    // What a user has consented to was looked at before.
    if (owner.grant) return true;
    return directory.mayUse(owner.clientId, { permission, mailbox: request.mailbox });
  }
}

function tokenOf({ headers }: Pick<SandboxRequest, 'headers'>): string | undefined {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
}

/** `/me` is the mailbox of the user that the app acts as. */
function readTarget(path: string, grant: UserGrant | undefined): Target {
  const own = /^\/v1\.0\/me\/(.*)$/.exec(path)?.[1];
  if (own !== undefined && grant) return { user: grant.user.address, rest: own };
  const [, user = '', rest = ''] = /^\/v1\.0\/users\/([^/]*)\/(.*)$/.exec(path) ?? [];
  return { user: decode(user), rest };
}

/** '%' stays where it encodes nothing, and is refused for it. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isInjected(user: string): boolean {
  return /[/?#\\%\s\p{Cc}]/u.test(user);
}

function badRequest(message: string): GraphFault {
  return { status: 400, code: 'BadRequest', message };
}

function unknownUser(user: string): GraphFault {
  return {
    status: 404,
    code: 'ErrorInvalidUser',
    message: `The requested user '${user}' is invalid.`,
  };
}

function invalidToken(message: string): GraphFault {
  return {
    status: 401,
    code: 'InvalidAuthenticationToken',
    message,
    headers: {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
    },
  };
}
