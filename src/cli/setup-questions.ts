// Asks somebody at a terminal what setup has to know, and the flags do not say.
import { parseAddress } from '../core/address.ts';
import type { SetupFlags } from '../setup/setup-choices.ts';
import { Asker, type TerminalIo } from './terminal.ts';

/** Whether anybody sits there. */
export function isAtTerminal({ stdin, stderr }: TerminalIo): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** The flags with the answers; undefined when whoever was asked went away. */
export async function askForFlags(
  flags: SetupFlags,
  io: TerminalIo,
): Promise<SetupFlags | undefined> {
  using asker = new Asker(io);
  try {
    const complete = await new Questions(asker, io.stderr).complete(flags);
    io.stderr.write('\n');
    return complete;
  } catch (error) {
    if (error instanceof GoneAway) return undefined;
    throw error;
  }
}

class GoneAway extends Error {
  override readonly name = 'GoneAway';
}

interface Option<Value> {
  readonly value: Value;
  readonly text: string;
}

class Questions {
  readonly #asker: Asker;
  readonly #output: NodeJS.WritableStream;

  constructor(asker: Asker, output: NodeJS.WritableStream) {
    this.#asker = asker;
    this.#output = output;
  }

  async complete(flags: SetupFlags): Promise<SetupFlags> {
    const whose = await this.#whose(flags);
    const largeMessages = flags.largeMessages ?? (await this.#large());
    const given = { ...flags, ...whose, largeMessages };
    if (given.outlook !== undefined) return given;
    const placed = { ...given, ...(await this.#place(given)) };
    return { ...placed, ...(await this.#permission(placed)) };
  }

  async #whose({ outlook, mailbox }: SetupFlags): Promise<Partial<SetupFlags>> {
    if (outlook !== undefined || mailbox !== undefined) return {};
    const kind = await this.#choose('Where is the mailbox that mail leaves from?', [
      { value: 'work', text: 'Microsoft 365 (work or school)' },
      { value: 'personal', text: 'Outlook.com, Hotmail or Live' },
    ]);
    if (kind === 'personal') {
      const [account = ''] = await this.#addresses('Its address', { most: 1 });
      return { outlook: account };
    }
    const mailboxes = await this.#addresses('Its address (several: with commas)', { most: 100 });
    return { mailbox: mailboxes };
  }

  async #large(): Promise<boolean> {
    const answer = await this.#choose('Messages of more than 3 MB, too?', [
      { value: 'yes', text: 'yes, up to 150 MB (takes Mail.ReadWrite beside Mail.Send)' },
      { value: 'no', text: 'no (Mail.Send is enough)' },
    ]);
    return answer === 'yes';
  }

  async #place(flags: SetupFlags): Promise<Partial<SetupFlags>> {
    const { runs, credential, issuer, subject, identity, principal } = flags;
    const isOpen = runs === undefined && credential === undefined;
    const place = isOpen
      ? await this.#choose('Where will the gateway run?', [
          {
            value: 'here' as const,
            text: 'on this machine, or anywhere with a file (certificate)',
          },
          { value: 'kubernetes' as const, text: 'in Kubernetes (workload identity)' },
          { value: 'azure' as const, text: 'on a machine of Azure (managed identity)' },
        ])
      : runs;
    const chosen = { ...flags, ...(place !== undefined && { runs: place }) };
    if ((credential ?? 'federated') === 'federated' && place === 'kubernetes') {
      return {
        ...chosen,
        issuer: issuer ?? (await this.#text('Issuer of its tokens (URL, letter by letter)')),
        subject:
          subject ?? (await this.#text('Their subject (system:serviceaccount:<namespace>:<name>)')),
      };
    }
    if ((credential ?? 'managed-identity') !== 'managed-identity' || place !== 'azure')
      return chosen;
    if (identity !== undefined || principal !== undefined) return chosen;
    return { ...chosen, ...(await this.#identity()) };
  }

  async #identity(): Promise<Partial<SetupFlags>> {
    const kind = await this.#choose('Whose identity is it?', [
      { value: 'system', text: 'the machine’s own' },
      { value: 'user', text: 'a user-assigned one' },
    ]);
    return kind === 'user'
      ? { identity: await this.#text('Its client id') }
      : { principal: await this.#text('Its object (principal) id') };
  }

  async #permission(flags: SetupFlags): Promise<Partial<SetupFlags>> {
    const { grant, consentUrl, administrativeUnit } = flags;
    if (grant !== undefined || consentUrl !== undefined || administrativeUnit !== undefined)
      return {};
    const answer = await this.#choose('Which mailboxes may it use?', [
      {
        value: 'some',
        text: 'those alone: Exchange restricts it (commands to paste; up to 2 hours)',
      },
      { value: 'all', text: 'all mailboxes of the tenant: granted in Entra (at once)' },
    ]);
    return answer === 'all' ? { grant: true } : {};
  }

  /** The first one is taken for an empty answer. */
  async #choose<Value>(question: string, options: readonly Option<Value>[]): Promise<Value> {
    this.#output.write(`\n${question}\n`);
    for (const [at, { text }] of options.entries()) this.#output.write(`  ${at + 1}  ${text}\n`);
    for (;;) {
      const answer = (await this.#ask(`[1] `)) || '1';
      const chosen = options[Number(answer) - 1];
      if (chosen) return chosen.value;
      this.#output.write(`A number from 1 to ${options.length}, please\n`);
    }
  }

  async #addresses(question: string, { most }: { readonly most: number }): Promise<string[]> {
    for (;;) {
      const words = (await this.#ask(`\n${question}: `))
        .split(/[\s,;]+/)
        .filter((word) => word !== '');
      const wrong = words.find((word) => !parseAddress(word));
      if (words.length > 0 && words.length <= most && wrong === undefined) return words;
      this.#output.write(
        wrong === undefined ? 'An address, please\n' : `"${wrong}" is no address\n`,
      );
    }
  }

  async #text(question: string): Promise<string> {
    for (;;) {
      const answer = await this.#ask(`\n${question}: `);
      if (answer !== '') return answer;
    }
  }

  async #ask(prompt: string): Promise<string> {
    const answer = await this.#asker.ask(prompt);
    if (answer === undefined) throw new GoneAway();
    return answer;
  }
}
