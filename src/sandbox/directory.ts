// The sandbox's directory: which apps are registered, as whom they act in the tenant, and what they were granted.
import { X509Certificate } from 'node:crypto';
import { AppRegistration, Lag } from './app-registration.ts';
import type { Identifiers } from './identifiers.ts';

/** Of Microsoft Graph itself, in each tenant. */
export const graphAppId = '00000003-0000-0000-c000-000000000000';
/** The public client that Microsoft's own command line tools sign people in with. */
export const commandLineToolsAppId = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

/** Application permissions of Graph that can be granted here, by the id of their role. */
const roleNames: ReadonlyMap<string, string> = new Map([
  ['b633e1c5-b582-4048-a93e-9f11b44c7e96', 'Mail.Send'],
  ['e2a3a72e-5f79-4c64-b1b1-878b674786c9', 'Mail.ReadWrite'],
  ['18a4783c-866b-4cc7-a460-3d5e5662c884', 'Application.ReadWrite.OwnedBy'],
]);

/** An application object: what is registered, wherever it may act. */
export interface Application {
  readonly id: string;
  readonly registration: AppRegistration;
  readonly lag: Lag;
  /** What was sent, as it came, but for credentials. */
  properties: Readonly<Record<string, unknown>>;
  federated: readonly FederatedIdentity[];
}

export interface FederatedIdentity {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

/** A service principal: an app, or a managed identity, as somebody in this tenant. */
export interface ServicePrincipal {
  readonly id: string;
  readonly appId: string;
  readonly lag: Lag;
}

export interface RoleAssignment {
  readonly id: string;
  readonly principalId: string;
  readonly resourceId: string;
  readonly appRoleId: string;
}

export class Directory {
  readonly identifiers: Identifiers;
  readonly applications = new Map<string, Application>();
  readonly servicePrincipals = new Map<string, ServicePrincipal>();
  readonly assignments = new Map<string, RoleAssignment>();
  /** Of apps that are at home in another tenant, and that people sign in to. */
  readonly foreignApps = new Map<string, AppRegistration>();
  /** So many requests do not find what is made from here on. */
  lagRequests = 0;
  /** PEM of the keys that issuers of tokens sign with, which Entra fetches from them. */
  readonly issuerKeys = new Map<string, string>();
  /** RBAC for Applications: what Exchange lets an app do, by its id, in some mailboxes. */
  readonly #exchange = new Map<string, { readonly roles: Set<string>; mailboxes: Set<string> }>();

  constructor(identifiers: Identifiers) {
    this.identifiers = identifiers;
    this.addServicePrincipal(graphAppId);
    const tools = new AppRegistration(commandLineToolsAppId);
    tools.isPublic = true;
    tools.redirectUris.add('http://localhost');
    this.foreignApps.set(commandLineToolsAppId, tools);
  }

  addApplication(properties: Readonly<Record<string, unknown>>): Application {
    const id = this.identifiers.guid();
    const registration = new AppRegistration(this.identifiers.guid());
    const application = { id, registration, properties, federated: [], lag: this.newLag() };
    this.applications.set(id, application);
    return application;
  }

  addServicePrincipal(appId: string): ServicePrincipal {
    const principal = { id: this.identifiers.guid(), appId, lag: this.newLag() };
    this.servicePrincipals.set(principal.id, principal);
    return principal;
  }

  newLag(): Lag {
    return new Lag(this.lagRequests);
  }

  /** By its id, or as `(appId='…')`. */
  findApplication(reference: string): Application | undefined {
    const found = [...this.applications.values()].find(
      ({ id, registration }) =>
        reference === id || reference === `(appId='${registration.clientId}')`,
    );
    return found?.lag.isOver() ? found : undefined;
  }

  findServicePrincipal(reference: string): ServicePrincipal | undefined {
    const found = [...this.servicePrincipals.values()].find(
      ({ id, appId }) => reference === id || reference === `(appId='${appId}')`,
    );
    return found?.lag.isOver() ? found : undefined;
  }

  /** An app that Entra knows. */
  findApp(clientId: string): AppRegistration | undefined {
    const appId = clientId.toLowerCase();
    const foreign = this.foreignApps.get(appId);
    if (foreign) return foreign;
    return this.findApplication(`(appId='${appId}')`)?.registration;
  }

  /** Whether it can act in this tenant as itself. */
  isAtHome(clientId: string): boolean {
    return [...this.servicePrincipals.values()].some(({ appId }) => appId === clientId);
  }

  /** Takes the app away, and what it was here. */
  removeApplication({ id, registration }: Application): void {
    this.applications.delete(id);
    for (const principal of this.servicePrincipals.values()) {
      if (principal.appId === registration.clientId) this.removeServicePrincipal(principal.id);
    }
  }

  removeServicePrincipal(id: string): void {
    this.servicePrincipals.delete(id);
    for (const assignment of this.assignments.values()) {
      if (assignment.principalId === id) this.assignments.delete(assignment.id);
    }
  }

  /** What an administrator does in PowerShell (New-ManagementRoleAssignment). */
  grantInExchange(
    clientId: string,
    {
      roles,
      mailboxes,
    }: { readonly roles: readonly string[]; readonly mailboxes: readonly string[] },
  ): void {
    const lowerCase = mailboxes.map((mailbox) => mailbox.toLowerCase());
    this.#exchange.set(clientId, { roles: new Set(roles), mailboxes: new Set(lowerCase) });
  }

  /** Names of what the app was granted in Entra, for all mailboxes. */
  rolesOf(clientId: string): ReadonlySet<string> {
    const principals = [...this.servicePrincipals.values()].filter(
      ({ appId }) => appId === clientId,
    );
    const assigned = [...this.assignments.values()].filter(({ principalId }) =>
      principals.some(({ id }) => id === principalId),
    );
    return new Set(assigned.map(({ appRoleId }) => roleNames.get(appRoleId) ?? appRoleId));
  }

  /** The grants of Entra and those of Exchange add up. */
  mayUse(clientId: string, { permission, mailbox }: MailboxUse): boolean {
    if (this.rolesOf(clientId).has(permission)) return true;
    const grant = this.#exchange.get(clientId);
    return grant?.roles.has(permission) === true && grant.mailboxes.has(mailbox.toLowerCase());
  }

  isRole(id: string): boolean {
    return roleNames.has(id);
  }

  /** Lets tokens of that issuer prove the app, where its key is known. */
  trust({ registration }: Application, { issuer, subject, audiences }: FederatedIdentity): void {
    const publicKey = this.issuerKeys.get(issuer);
    if (publicKey === undefined) return;
    for (const audience of audiences) {
      registration.issuers.trust({ issuer, subject, audience, publicKey });
    }
  }
}

export interface MailboxUse {
  readonly permission: string;
  readonly mailbox: string;
}

/** Whether the text is a certificate in DER, encoded as base64. */
export function readDer(base64: string): Buffer | undefined {
  const der = Buffer.from(base64, 'base64');
  try {
    return new X509Certificate(der).raw.equals(der) ? der : undefined;
  } catch {
    return undefined;
  }
}
