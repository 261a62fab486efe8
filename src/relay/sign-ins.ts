// Sign-ins that somebody has started from the page: one at a time for each connection, for a while, and never beyond the process.
import type {
  SignedInAs,
  SignInDesk,
  SignInRefusal,
  SignInReport,
  SignInStep,
} from '../core/sign-in.ts';
import type { Clock, TokenFailure } from './ports.ts';

export interface SignInsOptions {
  readonly clock: Clock;
  /** How somebody signs in for the connection, or why nobody can. */
  readonly waysOf: (connection: string) => SignInWay | SignInRefusal;
  /** In words: what went wrong, what to do, and the cause. */
  readonly explain: (failure: TokenFailure) => string;
  /** Called when somebody has signed in or is not waited for any longer, before it is told. */
  readonly onEnd: (connection: string, report: SignInReport) => void;
}

export interface SignInWay {
  /** As whom. */
  readonly account: string;
  /** Never rejects. */
  readonly signIn: (
    asked: AskedSignIn,
  ) => Promise<(SignedInAs & { kind: 'signedIn' }) | TokenFailure>;
}

export interface AskedSignIn {
  /** Called when somebody has something to do. */
  readonly show: (step: SignInStep) => void;
  /** Aborted when nobody is waited for any longer. */
  readonly signal: AbortSignal;
}

/** As long as Entra's codes are good. */
const lifeMs = 900_000;

interface Started {
  report: SignInReport;
  /** Resolves when there is something to do, or it has ended. */
  readonly told: Promise<void>;
  readonly ending: AbortController;
}

export class SignIns implements SignInDesk, Disposable {
  readonly #options: SignInsOptions;
  /** The last one of each connection. */
  readonly #started = new Map<string, Started>();

  constructor(options: SignInsOptions) {
    this.#options = options;
  }

  async start(connection: string): Promise<SignInReport | SignInRefusal> {
    const way = this.#options.waysOf(connection);
    if ('refused' in way) return way;
    const known = this.#started.get(connection);
    const started = known?.report.state === 'underWay' ? known : this.#begin(connection, way);
    await started.told;
    return started.report;
  }

  look(connection: string): SignInReport | undefined {
    return this.#started.get(connection)?.report;
  }

  /** Ends all that are under way. */
  [Symbol.dispose](): void {
    const all = [...this.#started.values()];
    this.#started.clear();
    for (const { ending } of all) ending.abort();
  }

  #begin(connection: string, way: SignInWay): Started {
    const { clock } = this.#options;
    const ending = new AbortController();
    const { account } = way;
    const report = { state: 'underWay', account, endsAt: clock.now() + lifeMs } as const;
    const told = Promise.withResolvers<void>();
    const started: Started = { report, told: told.promise, ending };
    this.#started.set(connection, started);
    void clock.wait(lifeMs, ending).then(() => ending.abort());
    void this.#run(connection, { way, started, tell: told.resolve });
    return started;
  }

  async #run(
    connection: string,
    {
      way,
      started,
      tell,
    }: { readonly way: SignInWay; readonly started: Started; readonly tell: () => void },
  ): Promise<void> {
    const { account, endsAt } = started.report;
    const result = await way.signIn({
      show(step) {
        started.report = { ...started.report, step };
        tell();
      },
      signal: started.ending.signal,
    });
    const isClosed = this.#started.get(connection) !== started;
    started.ending.abort();
    started.report = { account, endsAt, ...this.#endOf(result) };
    if (!isClosed) this.#options.onEnd(connection, started.report);
    tell();
  }

  #endOf(
    result: Awaited<ReturnType<SignInWay['signIn']>>,
  ): Pick<SignInReport, 'state' | 'signedInAs' | 'error'> {
    if (result.kind === 'failure') {
      return { state: 'notSignedIn', error: this.#options.explain(result) };
    }
    const { username, name } = result;
    return { state: 'signedIn', signedInAs: { username, name } };
  }
}
