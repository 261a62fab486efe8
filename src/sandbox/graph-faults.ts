// Graph's refusals that come from more than one place.
import type { GraphFault } from './answer.ts';

export const invalidMime: GraphFault = {
  status: 400,
  code: 'ErrorMimeContentInvalid',
  message: 'The MIME content is invalid.',
};

export const accessDenied: GraphFault = {
  status: 403,
  code: 'ErrorAccessDenied',
  message: 'Access is denied. Check credentials and try again.',
};

export const sendAsDenied: GraphFault = {
  status: 403,
  code: 'ErrorSendAsDenied',
  message:
    'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.',
};

export const itemNotFound: GraphFault = {
  status: 404,
  code: 'ErrorItemNotFound',
  message: 'The specified object was not found in the store.',
};

export const methodNotAllowed: GraphFault = {
  status: 405,
  code: 'MethodNotAllowed',
  message: 'Method not allowed.',
};

export const messageTooLarge: GraphFault = {
  status: 413,
  code: 'ErrorMessageSizeExceeded',
  message: 'The message exceeds the maximum supported size.',
};

export const unknownMediaType: GraphFault = {
  status: 415,
  code: 'UnsupportedMediaType',
  message: 'The Content-Type must be text/plain or application/json.',
};
