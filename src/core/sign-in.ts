// A sign-in that somebody starts from the page or the API: what he has to do, and what came of it.

export interface SignInReport {
  /** `underWay`: nobody has signed in yet. */
  readonly state: 'underWay' | 'signedIn' | 'notSignedIn';
  /** As whom somebody has to sign in. */
  readonly account: string;
  /** Epoch ms: nobody is waited for any longer. */
  readonly endsAt: number;
  /** Present while it is under way. */
  readonly step?: SignInStep;
  /** Present once somebody has signed in. */
  readonly signedInAs?: SignedInAs;
  /** Present where nobody has: what went wrong, what to do, and the cause. */
  readonly error?: string;
}

/** What somebody has to do. */
export type SignInStep =
  /** Enter the code at the page, on any device. */
  | { readonly kind: 'code'; readonly url: string; readonly userCode: string }
  /** Open the page in a browser of the gateway's machine, which is sent back to that machine. */
  | { readonly kind: 'browser'; readonly url: string };

export interface SignedInAs {
  /** The name that was signed in with. */
  readonly username: string;
  /** Of the person; '' where it is not known. */
  readonly name: string;
}

/** Why nobody can sign in here, in a sentence for whoever asked. */
export interface SignInRefusal {
  readonly refused: 'unknownConnection' | 'notHere';
  readonly why: string;
}

export interface SignInDesk {
  /** One at a time for each connection: the one that is under way is told of again. Resolves when there is something to do. */
  start(connection: string): Promise<SignInReport | SignInRefusal>;
  /** The last one of this process; undefined: there was none. */
  look(connection: string): SignInReport | undefined;
}
