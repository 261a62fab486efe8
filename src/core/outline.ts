// What a message is made of: its parts by byte ranges, and what JSON could carry of them.
import type { HeaderFacts } from './message.ts';

/**
 * Whether a message may be taken apart. `signed` and `encrypted` go byte for byte (RFC 1847, RFC 8551); `calendar` has
 * no form in Graph's JSON; `inseparable` is too deep, in too many parts, or not to be understood; the text of an `unreadable`
 * one is in a charset that nobody here knows, so that it cannot become JSON.
 */
export type Integrity = 'free' | 'signed' | 'encrypted' | 'calendar' | 'inseparable' | 'unreadable';

/** A MIME part without parts of its own (RFC 2045), and where it lies in the message. */
export interface MessagePart {
  /** In lower case, such as `text/plain`. */
  readonly contentType: string;
  /** As the part names it; '' when it does not. */
  readonly charset: string;
  readonly encoding: 'identity' | 'base64' | 'quoted-printable';
  /** Decoded (RFC 2231, RFC 2047); '' when there is none. */
  readonly name: string;
  /** Without angle brackets; '' when there is none. */
  readonly contentId: string;
  /** Shown within the body that refers to it. */
  readonly isInline: boolean;
  /** Where the header of the part begins in the message. */
  readonly headerStart: number;
  /** Where its encoded content begins. */
  readonly start: number;
  /** Where its encoded content has ended. */
  readonly end: number;
  /** Bytes of the decoded content. */
  readonly decodedBytes: number;
  /** Bytes of a text to be shown as a string of JSON, its quotes left out; of other parts 0. */
  readonly jsonBytes: number;
}

export interface MessageOutline {
  /** Of the message that was read for it. */
  readonly sizeBytes: number;
  /** Of the message itself. */
  readonly header: HeaderFacts;
  readonly integrity: Integrity;
  /** Every part, in the order of the message. */
  readonly parts: readonly MessagePart[];
  /** The one text that JSON would carry: HTML, else plain text; absent when there is none. */
  readonly body?: MessagePart;
  /** What JSON would carry beside it, as files. */
  readonly files: readonly MessagePart[];
  /** What JSON would lose of the structure, each as a noun with its article; empty when it carries the message whole. */
  readonly losses: readonly string[];
}
