// One request as the sandbox's services see it, and what they say before they read its body.
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, RequestMark } from './answer.ts';
import type { RequestBody } from './request-body.ts';
import type { Lane } from './throttle.ts';

export interface SandboxRequest extends RequestMark {
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
}

export type Admission =
  /** Answered without a look at the body. */
  | { readonly kind: 'refused'; readonly answer: Answer; readonly lane?: Lane }
  /** It has entered `lane`, if there is one, and leaves it before its answer goes out. */
  | {
      readonly kind: 'admitted';
      readonly lane?: Lane;
      /** Throws `ClientGone`. */
      readonly carryOut: () => Promise<Answer>;
    };

export type Admit = (request: SandboxRequest) => Admission;
