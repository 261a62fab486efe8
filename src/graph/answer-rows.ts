// Graph's answers and what each means for the message: the rows of the outcome table (docs/graph.md has them too).
import { doubt, fail, hold, retry, type Explanation, type Verdict } from './verdict.ts';

/** All parts that are present must fit. */
export interface AnswerMatch {
  readonly http?: readonly number[];
  /** Any of Graph's codes, outer or inner. `*` stands for any letters. */
  readonly codes?: readonly string[];
  /** Fits the message of the error, for where a code says too little. */
  readonly message?: RegExp;
  /** Fits the header WWW-Authenticate. */
  readonly challenge?: RegExp;
  /** Fits the header Content-Type. */
  readonly contentType?: RegExp;
  /** Only where the request had 2 MB or more: the border from which Graph was seen to drop messages. */
  readonly largeRequest?: true;
  /** Only with a Retry-After that can be read. */
  readonly retryAfter?: true;
  /** Only at the first attempt of a delivery. */
  readonly firstAttempt?: true;
  /** Only for a request that prepares a draft, or looks for a message. */
  readonly draft?: true;
}

export interface AnswerRow extends Explanation {
  readonly match: AnswerMatch;
  readonly verdict: Verdict;
  /** The sender gets to read Graph's own words as well. */
  readonly quoted?: true;
}

/** The first row that fits decides. */
export const answerRows: readonly AnswerRow[] = [
  {
    match: { http: [202] },
    verdict: { kind: 'delivered', status: '2.0.0' },
    problem: 'Microsoft Graph took the message',
    remedy: 'what Exchange cannot deliver comes back to the inbox of the mailbox',
  },
  // Only 202 is success. To a MIME message over its limit Graph has been seen to answer 200, and to send nothing; to
  // any other a 200 is not Graph's.
  {
    match: { http: [200], contentType: /html/i },
    verdict: retry('4.3.0', 'server'),
    problem: 'Something between here and Microsoft Graph answered with a page',
    remedy: 'look for a proxy or firewall that does so',
  },
  {
    match: { http: [200], largeRequest: true },
    verdict: fail('5.3.4', 'tooLarge'),
    problem: 'Microsoft Graph took the message and sent nothing, as it does when one is too large',
    remedy: 'send a smaller message, or lower requestLimit so that it is refused at once',
  },
  {
    match: { http: [200] },
    verdict: retry('4.3.0', 'server'),
    problem: 'Something answered 200 where Microsoft Graph answers 202',
    remedy: 'look for a proxy or firewall that answers in its place',
  },

  // The credential, the app and its consent: everything of the connection waits.
  {
    match: { http: [401], challenge: /insufficient_claims/ },
    verdict: hold('connection', '4.7.0', 'credential'),
    problem: 'Conditional Access wants more of the app than its token has',
    remedy: 'exempt the app from the policy, or let it in from this network',
  },
  {
    match: { codes: ['Authorization_IdentityNotFound'] },
    verdict: hold('connection', '4.7.0', 'credential'),
    problem: 'The app has no service principal in the tenant',
    remedy: 'grant admin consent to the app in this tenant',
  },
  {
    match: { http: [401] },
    verdict: hold('connection', '4.7.0', 'credential'),
    problem: 'Microsoft Graph refused a token that Entra had just given',
    remedy: 'check that tenant, cloud and app belong together',
  },
  {
    match: { codes: ['Authorization_RequestDenied'] },
    verdict: hold('connection', '4.7.1', 'permission'),
    problem: 'The app has not the privileges that the request needs',
    remedy: 'grant it the application permission Mail.Send, with admin consent',
  },

  // One From address.
  {
    match: { codes: ['ErrorSendAsDenied'] },
    verdict: hold('originator', '4.7.1', 'sendAsDenied'),
    problem: 'The mailbox may not send as the From address of the message',
    remedy:
      'grant it Send As on that address (Add-RecipientPermission), or force From to the mailbox; a display name that holds @ has this effect, too',
  },

  // One mailbox.
  {
    match: { codes: ['ErrorAccessDenied'], message: /OData is disabled/i },
    verdict: hold('lane', '4.7.1', 'permission'),
    problem: 'An application access policy keeps the app out of the mailbox',
    remedy: 'add the mailbox to the group of the policy; that takes an hour and more',
  },
  {
    match: { codes: ['ErrorAccessDenied'], draft: true },
    verdict: hold('largeMessages', '4.7.1', 'permission'),
    problem: 'The app may not keep or look for messages in the mailbox, as large ones need it',
    remedy: 'grant it Mail.ReadWrite with admin consent, or set largeMessages to false',
  },
  {
    match: { codes: ['ErrorAccessDenied'] },
    verdict: hold('lane', '4.7.1', 'permission'),
    problem: 'The app may not send from the mailbox',
    remedy:
      'grant it Mail.Send with admin consent, or put the mailbox into its scope of RBAC for Applications; a change takes up to two hours',
  },
  {
    match: { codes: ['ErrorInvalidUser'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The tenant has no such mailbox',
    remedy:
      'check sendAs: a contact, a distribution list and a group are none, and need a mailbox that sends for them',
  },
  {
    match: { codes: ['Request_ResourceNotFound', 'ResourceNotFound'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The tenant has no such user, or the user has no Exchange Online',
    remedy: 'check sendAs, and that the user has a licence with a mailbox',
  },
  {
    match: { codes: ['MailboxNotEnabledForRESTAPI', 'MailboxNotSupportedForRESTAPI'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The mailbox is inactive, soft-deleted, on-premises or without a licence',
    remedy: 'give the user a licence with Exchange Online; a new mailbox needs some time',
  },
  {
    match: { codes: ['ErrorNonExistentMailbox', 'ErrorMissingEmailAddress'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The address that the message leaves from has no mailbox',
    remedy: 'check sendAs',
  },
  {
    match: { codes: ['extensionError'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The mailbox is on-premises, or a policy of its server keeps the app out',
    remedy: 'send from a mailbox in Exchange Online, or change the policy',
  },
  {
    match: { codes: ['ErrorAccountDisabled'] },
    verdict: hold('lane', '4.2.1', 'mailbox'),
    problem: 'The account of the mailbox is disabled',
    remedy: 'enable it, or send from another mailbox',
  },
  {
    match: {
      codes: ['ErrorMessageSubmissionBlocked', 'ErrorAccountSuspend', 'ErrorMessageBlocked'],
    },
    verdict: hold('lane', '4.7.1', 'permission'),
    problem: 'Microsoft has blocked the account for what it sent',
    remedy: 'unblock it in Defender under Restricted entities, or verify the personal account',
  },
  {
    match: { codes: ['ErrorQuotaExceeded', 'quotaLimitReached'] },
    verdict: hold('lane', '4.2.2', 'mailbox'),
    problem: 'The mailbox is full, so that no draft or sent copy can be kept in it',
    remedy: 'free some of its space, or give it more',
  },
  {
    match: { http: [507] },
    verdict: hold('lane', '4.2.2', 'mailbox'),
    problem: 'The mailbox has no space left',
    remedy: 'free some of its space, or give it more',
  },

  // Daily quotas come as 429, too, and last for hours: they stand before the throttling of requests.
  {
    match: { codes: ['ErrorSubmissionQuotaExceeded'] },
    verdict: retry('4.4.5', 'quota'),
    problem: 'The mailbox has reached its recipients of 24 hours',
    remedy: 'wait, or spread the mail over more mailboxes',
  },
  {
    match: { codes: ['ErrorExceeded*MessageLimit*'] },
    verdict: retry('4.4.5', 'quota'),
    problem: 'The account has reached its messages or recipients of the day',
    remedy: 'follow the instructions in its inbox to verify the account, and wait up to 24 hours',
  },
  {
    match: { message: /Message\/Recipient limit exceeded|RefuseQuota/i },
    verdict: retry('4.4.5', 'quota'),
    problem: 'Outlook.com has refused the account more messages today',
    remedy: 'follow the instructions in its inbox to verify the account, and wait up to 24 hours',
  },

  // Throttling. A request that was throttled was not carried out.
  {
    match: {
      codes: [
        'ApplicationThrottled',
        'TooManyRequests',
        'activityLimitReached',
        'throttledRequest',
      ],
    },
    verdict: retry('4.4.5', 'throttled'),
    problem: 'Microsoft Graph throttles the app on the mailbox',
    remedy: 'the lane pauses as long as Graph asks',
  },
  {
    match: { http: [429] },
    verdict: retry('4.4.5', 'throttled'),
    problem: 'Microsoft Graph throttles the app',
    remedy: 'the lane pauses as long as Graph asks',
  },
  {
    match: { http: [509] },
    verdict: retry('4.4.5', 'throttled'),
    problem: 'The app has used up its bandwidth',
    remedy: 'the lane pauses',
  },
  {
    match: { http: [503], retryAfter: true },
    verdict: retry('4.4.5', 'throttled'),
    problem: 'Microsoft Graph is busy and names a time to come back',
    remedy: 'the lane pauses as long as Graph asks',
  },

  // A gateway in front of Graph gave up on a request that may still have been carried out: messages were seen to be
  // sent four times over four answers of 504. 502 is the same case with the connection behind the gateway lost.
  {
    match: { http: [504] },
    verdict: doubt('4.3.2', 'timeout'),
    problem: 'The gateway in front of Microsoft Graph waited in vain for an answer',
    remedy: 'the message is looked for where the app may read, and else sent again',
  },
  {
    match: { http: [502] },
    verdict: doubt('4.3.2', 'server'),
    problem: 'The gateway in front of Microsoft Graph lost the answer',
    remedy: 'the message is looked for where the app may read, and else sent again',
  },

  // The message itself.
  {
    match: { codes: ['ErrorInvalidRecipients'], message: /no recipients/i, firstAttempt: true },
    verdict: retry('4.3.0', 'server'),
    problem: 'Exchange saw no recipients, which it was seen to do without cause',
    remedy: 'the next attempt counts',
  },
  {
    match: { codes: ['ErrorInvalidRecipients'] },
    verdict: fail('5.1.3', 'recipients'),
    problem: 'Exchange does not take a recipient address of the message',
    remedy: 'correct the address',
    quoted: true,
  },
  {
    match: { codes: ['ErrorExceededMaxRecipientLimit'] },
    verdict: fail('5.5.3', 'recipients'),
    problem: 'The message has more recipients than the mailbox may address at once',
    remedy: 'send it to fewer, or raise the limit (Set-Mailbox -RecipientLimits)',
  },
  {
    match: { codes: ['ErrorMessageSizeExceeded'] },
    verdict: fail('5.3.4', 'tooLarge'),
    problem: 'The message is larger than the mailbox may send',
    remedy:
      'send a smaller one, or raise the limit (Set-Mailbox -MaxSendSize, up to 150 MB, a third of it for encoding)',
  },
  {
    match: { http: [413] },
    verdict: fail('5.3.4', 'tooLarge'),
    problem: 'The message is larger than one request to Microsoft Graph may be',
    remedy: 'send a smaller one, or lower requestLimit so that it is refused at once',
  },
  {
    match: { http: [400], message: /maximum request (length|size)/i },
    verdict: fail('5.3.4', 'tooLarge'),
    problem: 'The message is larger than one request to Microsoft Graph may be',
    remedy: 'send a smaller one, or lower requestLimit so that it is refused at once',
  },
  {
    match: { codes: ['ErrorMimeContentInvalidBase64String'] },
    verdict: fail('5.6.0', 'content'),
    problem: 'Microsoft Graph could not decode the message, which is a fault of the gateway',
    remedy: 'report it with the request id',
  },
  {
    match: {
      codes: [
        'ErrorMimeContentInvalid',
        'ErrorContentConversionFailed',
        'ErrorMimeContentConversionFailed',
      ],
    },
    verdict: fail('5.6.0', 'content'),
    problem: 'Exchange cannot read the message',
    remedy: 'look at its MIME structure; the program that wrote it made a mistake',
    quoted: true,
  },
  {
    match: {
      codes: ['InvalidInternetMessageHeader', 'InvalidInternetMessageHeaderCollection'],
    },
    verdict: fail('5.6.0', 'content'),
    problem: 'Microsoft Graph does not take a header field of the message',
    remedy: 'let the route remove the field',
    quoted: true,
  },
  {
    match: {
      http: [400, 405],
      codes: [
        'RequestBodyRead',
        'UnableToDeserializePostBody',
        'BadRequest',
        'ErrorInvalidRequest',
        'invalidRequest',
        'ErrorItemSave',
        'ErrorInvalidPropertySet',
        'ErrorInvalidIdMalformed',
        'ErrorAttachmentSessionIsSupportedOnlyForFileAttachments',
      ],
    },
    verdict: fail('5.5.0', 'internal'),
    problem: 'Microsoft Graph does not understand the request, which is a fault of the gateway',
    remedy: 'report it with the request id',
    quoted: true,
  },

  // Trouble of the service that passes.
  {
    match: { codes: ['ErrorIrresolvableConflict'] },
    verdict: retry('4.3.0', 'server'),
    problem: 'The message was changed in the mailbox at the same time',
    remedy: 'it is tried again',
  },
  {
    match: { codes: ['ErrorItemNotFound'] },
    verdict: retry('4.3.0', 'server'),
    problem: 'Exchange does not find what it has just stored',
    remedy: 'it is tried again',
  },
  {
    match: {
      codes: [
        'ErrorServerBusy',
        'ErrorTooManyObjectsOpened',
        'ErrorInsufficientResources',
        'ErrorExceededConnectionCount',
      ],
    },
    verdict: retry('4.3.2', 'server'),
    problem: 'Exchange is busy',
    remedy: 'it is tried again',
  },
  {
    match: {
      codes: [
        'ErrorMailboxStoreUnavailable',
        'ErrorMailboxMoveInProgress',
        'ErrorMailboxFailover',
        'ErrorConnectionFailed',
        'ErrorTimeoutExpired',
        'ErrorADUnavailable',
        'ErrorADOperation',
        'ErrorInternalServerTransientError',
      ],
    },
    verdict: retry('4.3.2', 'server'),
    problem: 'Exchange does not reach the mailbox',
    remedy: 'it is tried again',
  },
  // 500 and 503 come from Graph itself, which says by them that it did not carry the request out. A few reports of
  // mail that went out all the same are no reason to search after each: Graph asks for a retry.
  {
    match: { http: [500, 503] },
    verdict: retry('4.3.2', 'server'),
    problem: 'Microsoft Graph has trouble of its own',
    remedy: 'it is tried again. If it lasts, see the health of the service',
    quoted: true,
  },
];

/** Whatever is not understood defers. */
export const unknownAnswer: AnswerRow = {
  match: {},
  verdict: retry('4.3.0', 'server'),
  problem: 'Microsoft Graph gave an answer that the gateway does not know',
  remedy: 'it is tried again; look its code up, and report it',
  quoted: true,
};
