// How `--help` reads: commands in groups, and examples under those that need them.
import { Command, Help, type HelpConfiguration } from 'commander';

/** In the order in which they are shown. */
const groups: readonly { readonly heading: string; readonly commands: readonly string[] }[] = [
  {
    heading: 'Set up:',
    commands: ['setup', 'import', 'login', 'logout', 'renew', 'hash-password', 'completion'],
  },
  { heading: 'Run:', commands: ['serve', 'healthcheck', 'sendmail'] },
  { heading: 'Try and check:', commands: ['check', 'doctor', 'send-test', 'explain', 'rules'] },
  { heading: 'Look after mail:', commands: ['queue', 'why'] },
  { heading: 'Help:', commands: ['help'] },
];

interface Example {
  readonly what: string;
  readonly line: string;
}

const examples: Readonly<Record<string, readonly Example[]>> = {
  graphpost: [
    { what: 'From nothing to a configuration', line: 'graphpost setup' },
    { what: 'Everything at a glance', line: 'graphpost doctor' },
    { what: 'One e-mail all the way', line: 'graphpost send-test --to you@example.com' },
    { what: 'What became of it', line: 'graphpost why you@example.com' },
  ],
  serve: [{ what: 'With a file of your own', line: 'graphpost serve --config graphpost.yaml' }],
  'send-test': [
    {
      what: 'As an app would, through the listener',
      line: 'graphpost send-test --to you@example.com',
    },
    {
      what: 'Past the rules, over one connection',
      line: 'graphpost send-test --to you@example.com --connection main --html',
    },
  ],
  sendmail: [
    { what: 'In php.ini', line: 'sendmail_path = "graphpost sendmail -t -i"' },
    { what: 'By the name sendmail', line: 'ln -s "$(command -v graphpost)" /usr/sbin/sendmail' },
  ],
  doctor: [
    {
      what: 'Try a mailbox that no rule names',
      line: 'graphpost doctor --mailbox news@contoso.com',
    },
    { what: 'For a monitor', line: 'graphpost doctor --json' },
  ],
  explain: [
    {
      what: 'Which rule takes it, and what is sent',
      line: 'graphpost explain mail.eml --client wordpress --rcpt ann@example.com',
    },
  ],
  queue: [
    {
      what: 'What has failed since yesterday',
      line: 'graphpost queue ls --state failed --since 24h',
    },
    { what: 'Try all of it again', line: 'graphpost queue retry --all --state failed' },
  ],
  why: [{ what: 'The last messages to somebody', line: 'graphpost why ann@example.com' }],
  completion: [
    { what: 'For bash, in ~/.bashrc', line: 'source <(graphpost completion bash)' },
    { what: 'For zsh, in ~/.zshrc', line: 'source <(graphpost completion zsh)' },
    { what: 'For fish, in config.fish', line: 'graphpost completion fish | source' },
  ],
};

/** To be called when all commands are there. */
export function arrangeHelp(program: Command): void {
  for (const command of program.commands) {
    const group = groups.find(({ commands }) => commands.includes(command.name()));
    if (group) command.helpGroup(group.heading);
    addExamples(command);
  }
  program.addHelpCommand(
    new Command('help')
      .argument('[command]', 'its name')
      .description('say what a command does, and which options it has')
      .helpGroup('Help:'),
  );
  addExamples(program);
  configure(program, inOrder());
  for (const command of program.commands) withAll(command, (each) => configure(each, {}));
}

function withAll(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const subcommand of command.commands) withAll(subcommand, act);
}

const usual = new Help();

function configure(command: Command, more: HelpConfiguration): void {
  // The whole help would hide what was wrong.
  command.showHelpAfterError(`See ${wholeNameOf(command)} --help`);
  command.configureHelp({
    ...more,
    // That a switch is off where nobody gives it goes without saying.
    optionDescription: (option) =>
      option.defaultValue === false ? option.description : usual.optionDescription(option),
  });
}

function wholeNameOf(command: Command): string {
  const { parent } = command;
  return parent ? `${wholeNameOf(parent)} ${command.name()}` : command.name();
}

function inOrder(): HelpConfiguration {
  const rank = (command: Command) => rankOf(command.name());
  return {
    visibleCommands: (command) =>
      usual.visibleCommands(command).toSorted((one, other) => rank(one) - rank(other)),
    // The groups come in the order of what is in them.
    groupItems: (_unsorted, visible, getGroup) => usual.groupItems(visible, visible, getGroup),
  };
}

function rankOf(name: string): number {
  const at = groups.flatMap(({ commands }) => commands).indexOf(name);
  return at < 0 ? Infinity : at;
}

function addExamples(command: Command): void {
  const own = examples[command.name()];
  if (!own) return;
  const width = Math.max(...own.map(({ line }) => line.length));
  const lines = own.map(({ line, what }) => `  ${line.padEnd(width)}  # ${what}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
