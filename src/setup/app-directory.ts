// The directory as setup and renewal see it: apps, their credentials, and what they were granted.
import { z } from 'zod';
import { DirectoryError, type AppRequests, type Method } from './app-requests.ts';

const keyCredential = z.object({
  keyId: z.string(),
  type: z.string(),
  usage: z.string(),
  key: z.string().nullish(),
  displayName: z.string().nullish(),
  startDateTime: z.string().nullish(),
  endDateTime: z.string().nullish(),
  customKeyIdentifier: z.string().nullish(),
});
const passwordCredential = z.object({
  keyId: z.string(),
  displayName: z.string().nullish(),
  hint: z.string().nullish(),
  endDateTime: z.string().nullish(),
});
const application = z.object({
  id: z.string(),
  appId: z.string(),
  displayName: z.string(),
  keyCredentials: z.array(keyCredential).default([]),
  passwordCredentials: z.array(passwordCredential).default([]),
  requiredResourceAccess: z
    .array(
      z.object({
        resourceAppId: z.string(),
        resourceAccess: z.array(z.object({ id: z.string(), type: z.string() })),
      }),
    )
    .default([]),
});
const servicePrincipal = z.object({ id: z.string(), appId: z.string() });
const assignment = z.object({
  id: z.string(),
  appRoleId: z.string(),
  resourceId: z.string(),
  principalId: z.string(),
});
const federated = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  subject: z.string(),
  audiences: z.array(z.string()),
});

export type KeyCredential = z.output<typeof keyCredential>;
export type Application = z.output<typeof application>;
export type ServicePrincipal = z.output<typeof servicePrincipal>;
export type RoleAssignment = z.output<typeof assignment>;
export type FederatedIdentity = z.output<typeof federated>;

/** Microsoft Graph itself, in every cloud. */
export const graphAppId = '00000003-0000-0000-c000-000000000000';

const fieldsOfApplication =
  'id,appId,displayName,keyCredentials,passwordCredentials,requiredResourceAccess';

/** All of these throw `DirectoryError`. */
export class AppDirectory {
  readonly #requests: AppRequests;

  constructor(requests: AppRequests) {
    this.#requests = requests;
  }

  /** The apps with that tag. One that was made a moment ago may be missing. */
  async findApplications(tag: string): Promise<readonly Application[]> {
    const filter = `tags/any(t:t eq '${tag.replaceAll("'", "''")}')`;
    const query = `$filter=${encodeURIComponent(filter)}&$select=${fieldsOfApplication}`;
    return (await this.#read(listOf(application), 'GET', `applications?${query}`)).value;
  }

  /** With the certificates themselves, which lists do not have. */
  readApplication(reference: ApplicationReference): Promise<Application> {
    const path = `applications${toPath(reference)}?$select=${fieldsOfApplication}`;
    return this.#read(application, 'GET', path);
  }

  createApplication(properties: object): Promise<Application> {
    return this.#read(application, 'POST', 'applications', properties);
  }

  async changeApplication(id: string, changes: object): Promise<void> {
    await this.#requests.send('PATCH', `applications/${id}`, changes);
  }

  /** Also when it is gone already. */
  async removeApplication(id: string): Promise<void> {
    await this.#remove(`applications/${id}`);
  }

  async addPassword(
    id: string,
    wish: { readonly displayName: string; readonly endDateTime: string },
  ) {
    const shape = passwordCredential.extend({ secretText: z.string() });
    const body = { passwordCredential: wish };
    return await this.#read(shape, 'POST', `applications/${id}/addPassword`, body);
  }

  async removePassword(id: string, keyId: string): Promise<void> {
    await this.#requests.send('POST', `applications/${id}/removePassword`, { keyId });
  }

  /** @param proof made with the key of a certificate that is registered */
  async addKey(id: string, { der, displayName, proof }: NewKey): Promise<KeyCredential> {
    const body = {
      keyCredential: toKeyCredential(der, displayName),
      passwordCredential: null,
      proof,
    };
    return await this.#read(keyCredential, 'POST', `applications/${id}/addKey`, body);
  }

  async removeKey(id: string, key: { readonly keyId: string; readonly proof: string }) {
    await this.#requests.send('POST', `applications/${id}/removeKey`, key);
  }

  async listFederated(id: string): Promise<readonly FederatedIdentity[]> {
    const path = `applications/${id}/federatedIdentityCredentials`;
    return (await this.#read(listOf(federated), 'GET', path)).value;
  }

  async addFederated(id: string, identity: Omit<FederatedIdentity, 'id'>): Promise<void> {
    await this.#requests.send('POST', `applications/${id}/federatedIdentityCredentials`, identity);
  }

  async changeFederated(
    id: string,
    { id: identityId, ...changes }: Omit<FederatedIdentity, 'name'>,
  ) {
    const path = `applications/${id}/federatedIdentityCredentials/${identityId}`;
    await this.#requests.send('PATCH', path, changes);
  }

  /** Undefined when there is none, or it is not known everywhere yet. */
  async findServicePrincipal(by: ApplicationReference): Promise<ServicePrincipal | undefined> {
    try {
      const path = `servicePrincipals${toPath(by)}?$select=id,appId`;
      return await this.#read(servicePrincipal, 'GET', path);
    } catch (error) {
      if (error instanceof DirectoryError && error.status === 404) return undefined;
      throw error;
    }
  }

  createServicePrincipal(appId: string): Promise<ServicePrincipal> {
    return this.#read(servicePrincipal, 'POST', 'servicePrincipals', { appId });
  }

  /** What was granted to it. */
  async listGrants(principalId: string): Promise<readonly RoleAssignment[]> {
    const path = `servicePrincipals/${principalId}/appRoleAssignments`;
    return (await this.#read(listOf(assignment), 'GET', path)).value;
  }

  async grant(role: Omit<RoleAssignment, 'id'>): Promise<void> {
    await this.#requests.send(
      'POST',
      `servicePrincipals/${role.resourceId}/appRoleAssignedTo`,
      role,
    );
  }

  /** Also when it is gone already. */
  async revoke({ resourceId, id }: RoleAssignment): Promise<void> {
    await this.#remove(`servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`);
  }

  async #read<Shape extends z.ZodType>(
    shape: Shape,
    ...[method, path, body]: [Method, string, unknown?]
  ): Promise<z.output<Shape>> {
    const answer = shape.safeParse(await this.#requests.send(method, path, body));
    if (answer.success) return answer.data;
    throw new DirectoryError('Graph answered in a form that is not known', { status: 0, code: '' });
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#requests.send('DELETE', path);
    } catch (error) {
      if (!(error instanceof DirectoryError) || error.status !== 404) throw error;
    }
  }
}

export type ApplicationReference = { readonly id: string } | { readonly appId: string };

export interface NewKey {
  readonly der: Buffer;
  readonly displayName: string;
  readonly proof: string;
}

export function toKeyCredential(der: Buffer, displayName: string) {
  const key = der.toString('base64');
  return { type: 'AsymmetricX509Cert', usage: 'Verify', displayName, key };
}

function toPath(by: ApplicationReference): string {
  return 'id' in by ? `/${by.id}` : `(appId='${by.appId}')`;
}

function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ value: z.array(item) });
}
