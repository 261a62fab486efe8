// Why there is no token, and what each cause means for the mail: the rows of the table for Entra (docs/graph.md).
import { hold, retry, type Explanation, type Verdict } from './verdict.ts';

/** One of the parts has to fit. */
export interface TokenMatch {
  /** AADSTS numbers. Entra promises no stability for them: they choose the words, and tell trouble that passes. */
  readonly numbers?: readonly number[];
  /** OAuth's error, or the token source's own. */
  readonly errors?: readonly string[];
  readonly http?: readonly number[];
}

export interface TokenRow extends Explanation {
  readonly match: TokenMatch;
  readonly verdict: Verdict;
}

const noCredential = hold('connection', '4.7.0', 'credential');
const noPermission = hold('connection', '4.7.0', 'permission');
const passing = retry('4.4.1', 'server');

/** The first row that fits decides. */
export const tokenRows: readonly TokenRow[] = [
  {
    match: { errors: ['network'] },
    verdict: retry('4.4.1', 'network'),
    problem: 'Entra did not answer',
    remedy: 'check DNS, proxy, firewall and the certificate chain towards the authority',
  },
  {
    match: {
      numbers: [50033, 50087, 90006, 90012, 90024, 90033, 90055, 90090, 90091, 70012, 40010, 90061],
    },
    verdict: passing,
    problem: 'Entra has trouble of its own',
    remedy: 'it is tried again',
  },
  {
    match: { errors: ['temporarily_unavailable', 'server_error'], http: [429, 500, 502, 503, 504] },
    verdict: passing,
    problem: 'Entra is busy or has trouble of its own',
    remedy: 'it is tried again',
  },

  {
    match: { errors: ['federated_token'] },
    verdict: noCredential,
    problem: 'There is no good federated token',
    remedy:
      'check credential.federatedToken, and that the platform mounts the file and renews it (in AKS: the label azure.workload.identity/use)',
  },
  {
    match: { errors: ['no_managed_identity_endpoint'] },
    verdict: retry('4.4.1', 'network'),
    problem: 'The managed identity endpoint of this machine did not answer',
    remedy:
      'check that this machine is one of Azure, and that nothing stands before 169.254.169.254',
  },
  {
    match: { errors: ['unable_to_read_secret_file'] },
    verdict: noCredential,
    problem: 'The gateway may not read the secret that Azure Arc has put on this machine',
    remedy: 'add its user to the group himds, and start it again',
  },
  {
    match: { errors: ['no_managed_identity', 'user_assigned_managed_identity_not_confirmed'] },
    verdict: noCredential,
    problem: 'This machine does not have the managed identity',
    remedy: 'assign the identity to it, and check credential.managedIdentity',
  },
  {
    match: { errors: ['sign_in_needed'] },
    verdict: noCredential,
    problem: 'Nobody has signed in for the connection',
    remedy: 'sign in',
  },
  {
    match: { errors: ['other_account'] },
    verdict: noCredential,
    problem: 'Another account has signed in than the connection names',
    remedy: 'check account, or sign in with it',
  },
  {
    match: { errors: ['authorization_declined'] },
    verdict: noCredential,
    problem: 'Somebody declined the sign-in',
    remedy: 'sign in again, and accept what the app asks',
  },
  {
    match: { errors: ['sign_in_ended', 'device_code_expired', 'expired_token'] },
    verdict: noCredential,
    problem: 'Nobody has signed in within the time',
    remedy: 'start the sign-in again',
  },
  {
    match: { errors: ['token_cache'] },
    verdict: noCredential,
    problem: 'The sign-ins cannot be read',
    remedy: 'give tokenCache.key its former value, or remove the file and sign in again',
  },
  {
    match: { errors: ['user_consent_needed'] },
    verdict: noCredential,
    problem: 'The user has not consented to all that the app asks',
    remedy: 'sign in again and consent; where users may not, an administrator has to',
  },
  {
    match: { numbers: [7000222] },
    verdict: noCredential,
    problem: 'The client secret has expired',
    remedy: 'create a new secret for the app, or use a certificate',
  },
  {
    match: { numbers: [7000215] },
    verdict: noCredential,
    problem: 'The client secret is wrong',
    remedy: 'enter the value of the secret, which is not its ID, or create a new one',
  },
  {
    match: { numbers: [7000218] },
    verdict: noCredential,
    problem: 'The app sent no credential that Entra takes',
    remedy: 'check the credential of the connection; for device code, allow public client flows',
  },
  {
    match: { numbers: [700025] },
    verdict: noCredential,
    problem: 'The app is a public client and must not send a secret',
    remedy: 'remove the credential, or make the app a confidential one',
  },
  {
    match: { numbers: [700027, 50012, 50013] },
    verdict: noCredential,
    problem: 'The certificate is not registered for the app, or its signature is wrong',
    remedy:
      'upload the certificate to the app registration, and check that key and certificate match',
  },
  {
    match: { numbers: [700024] },
    verdict: noCredential,
    problem: 'The assertion of the app is outside its time',
    remedy: 'set the clock of this machine; a federated token file must be renewed',
  },
  {
    match: { numbers: [70021, 700211, 700212, 700213, 700229] },
    verdict: noCredential,
    problem: 'No federated credential of the app fits the token of this machine',
    remedy: 'compare issuer, with its final slash, subject and audience',
  },
  {
    match: { numbers: [700016, 700011, 70001, 7000112] },
    verdict: noCredential,
    problem: 'The tenant does not have the app, or it is disabled',
    remedy: 'check clientId and tenant, and grant the app admin consent there',
  },
  {
    match: { numbers: [900382, 900432, 90038] },
    verdict: noCredential,
    problem: 'The tenant belongs to another cloud',
    remedy: 'set cloud of the connection: global, usgov (GCC High), dod or china',
  },
  {
    match: { numbers: [90002], errors: ['invalid_tenant'] },
    verdict: noCredential,
    problem: 'The tenant is unknown here, or belongs to another cloud',
    remedy: 'check tenant and cloud of the connection',
  },
  {
    match: { numbers: [50194, 9001023, 90130, 90124, 9002332] },
    verdict: noCredential,
    problem: 'The app cannot be used with this kind of authority',
    remedy: 'name the tenant by its domain or GUID',
  },
  {
    match: { numbers: [500011, 70011, 28002], errors: ['invalid_scope', 'invalid_resource'] },
    verdict: noCredential,
    problem: 'Entra does not know the Microsoft Graph that the token is for',
    remedy: 'check the cloud of the connection',
  },
  {
    match: {
      numbers: [65001, 65002, 65004, 65005, 90094, 90095, 650056, 650057],
      errors: ['consent_required', 'access_denied'],
    },
    verdict: noPermission,
    problem: 'The app has no consent for what it asks',
    remedy: 'grant it the application permission Mail.Send, with admin consent',
  },
  {
    match: { numbers: [53000, 53001, 53002, 53003, 530032, 530034, 530035] },
    verdict: noPermission,
    problem: 'Conditional Access blocks the app',
    remedy: 'exempt the app from the policy, or let it in from this network',
  },
  {
    match: { numbers: [50196] },
    verdict: noCredential,
    problem: 'Entra saw the app ask for tokens in a loop',
    remedy: 'look for another program that uses the same app and keeps no tokens',
  },
  {
    match: { numbers: [50020, 50034, 16000, 90072, 500208] },
    verdict: noCredential,
    problem: 'The account is unknown to the tenant, or of another kind',
    remedy: 'sign in with an account of the tenant',
  },
  {
    match: { numbers: [50053, 50055, 50057, 50126] },
    verdict: noCredential,
    problem: 'The account is locked or disabled, or its password is wrong or has expired',
    remedy: 'repair the account, and sign in again',
  },
  {
    match: {
      numbers: [
        50072, 50074, 50076, 50078, 50079, 50158, 50089, 50132, 50133, 50173, 70000, 70008, 70043,
        700082, 700084,
      ],
      errors: ['interaction_required', 'login_required'],
    },
    verdict: noCredential,
    problem: 'The sign-in has ended, or wants another proof',
    remedy: 'sign in again',
  },

  {
    match: { errors: ['refused_token'] },
    verdict: noCredential,
    problem: 'Microsoft Graph refuses the tokens that Entra gives',
    remedy: 'check that tenant, cloud and app belong together',
  },
  {
    match: { errors: ['unusable_credential'] },
    verdict: noCredential,
    problem: 'The credential of the connection cannot be used',
    remedy: 'check its files, and the passphrase of the key',
  },
  {
    match: {
      errors: ['invalid_client', 'invalid_grant', 'unauthorized_client', 'invalid_request'],
    },
    verdict: noCredential,
    problem: 'Entra refuses the credential of the app',
    remedy: 'check tenant, clientId and credential of the connection',
  },
];

/** Whatever is not understood defers. */
export const unknownTokenFailure: TokenRow = {
  match: {},
  verdict: retry('4.3.0', 'server'),
  problem: 'Entra gave no token, for a reason that the gateway does not know',
  remedy: 'it is tried again; look the reason up, and report it',
};
