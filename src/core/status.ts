// Enhanced mail system status codes (RFC 3463) with their class in the type, so that no deferral can carry a 5.

export type Success = `2.${number}.${number}`;
export type Transient = `4.${number}.${number}`;
export type Permanent = `5.${number}.${number}`;
export type EnhancedStatus = Success | Transient | Permanent;

/** The three-digit reply code of RFC 5321 §4.2. */
export type ReplyCode = 250 | 421 | 450 | 451 | 452 | 501 | 530 | 535 | 538 | 550 | 552 | 554;
