// What a message says beyond its header: the facts that conditions on body and attachments go by.

export interface AttachmentFacts {
  /** Decoded, as written: it may hold any path. '' when there is none. */
  readonly name: string;
  /** In lower case, such as `application/pdf`. */
  readonly type: string;
  /** Of the decoded content. */
  readonly sizeBytes: number;
}

export interface ContentFacts {
  /**
   * Plain text and HTML (as markup), decoded, in the order of the message, with LF as line ends: their first
   * 262,144 bytes, all taken together. None is empty.
   */
  readonly texts: readonly string[];
  /** Every part that is neither such text nor a container; images within HTML too. */
  readonly attachments: readonly AttachmentFacts[];
}
