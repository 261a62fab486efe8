// Completion for fish, with descriptions.
import type { CompletedCommand, CompletedOption } from './completion.ts';

export function fishScript(commands: readonly CompletedCommand[]): string {
  const places = commands.slice(1).map(({ place }) => quotedForFish(place));
  return `# Completion of graphpost for fish: graphpost completion fish | source
function __graphpost_at
    set -l place graphpost
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${places.join(' ')}
                set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c graphpost -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ place, subcommands, options, takesFiles }: CompletedCommand): readonly string[] {
  const start = `complete -c graphpost -n ${quotedForFish(`__graphpost_at "${place}"`)}`;
  return [
    ...subcommands.map(
      ({ name, description }) => `${start} -a ${name} -d ${quotedForFish(description)}`,
    ),
    ...options.map((option) => `${start} ${optionOf(option)}`),
    ...(takesFiles ? [`${start} -F`] : []),
  ];
}

function optionOf({ flags, description, value }: CompletedOption): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  return [...names, valueOf(value), `-d ${quotedForFish(description)}`].filter(Boolean).join(' ');
}

function valueOf(value: CompletedOption['value']): string {
  if (value === 'none') return '';
  if (value === 'file') return '-rF';
  return value === 'any' ? '-x' : `-xa ${quotedForFish(value.join(' '))}`;
}

/** Within single quotes, fish takes a backslash for the backslash and the quote alone. */
function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
