import type { Command } from 'commander';
import { didYouMean } from '../../config/suggest.ts';
import { CLIENT_COMMANDS, COMPLETE_COMMAND } from '../client-commands.ts';
import { misuse } from '../command-error.ts';
import type { Session } from '../session.ts';
import { wordsAfter } from './word-candidates.ts';

/** What a shell runs to have the word completed that the cursor is at, and gets one candidate a line for. */
const ASK = `leveret ${COMPLETE_COMMAND} --`;

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# Completion of leveret in bash. Put this into ~/.bashrc:  source <(leveret completion bash)
_leveret() {
  local line=\${COMP_LINE:0:COMP_POINT} words word candidate
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[-1]}
  # Readline takes what comes after the last colon or equals sign for the word.
  local prefix=\${word%"\${word##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ $candidate == "$word"* ]] && COMPREPLY+=("$(printf '%q' "\${candidate#"$prefix"}")")
  done < <(${ASK} "\${words[@]:1}" 2> /dev/null)
}
complete -o default -F _leveret leveret
`,
  zsh: `#compdef leveret
# Completion of leveret in zsh. Put this into ~/.zshrc, after compinit:  source <(leveret completion zsh)
_leveret() {
  local -a candidates
  candidates=("\${(@f)$(${ASK} "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if (( \${#candidates} )) && [[ -n \${candidates[1]} ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
compdef _leveret leveret
`,
  fish: `# Completion of leveret in fish. Put this into ~/.config/fish/config.fish:  leveret completion fish | source
function __leveret_candidates
    set -l words (commandline -opc) (commandline -ct)
    ${ASK} $words[2..-1] 2> /dev/null
end
complete -c leveret -f -a '(__leveret_candidates)'
complete -c leveret -n 'string match -qr "(import|export)-definitions" -- (commandline -opc)' -F
`,
};
const SHELLS = Object.keys(SCRIPTS);

const NOTES = `
It completes commands, options, and names of queues, exchanges, users and vhosts of the broker that is meant.

Examples:
  source <(leveret completion bash)     # in ~/.bashrc
  source <(leveret completion zsh)      # in ~/.zshrc, after compinit
  leveret completion fish | source      # in ~/.config/fish/config.fish
`;

export function addCompletion(program: Command, session: () => Session): void {
  program
    .command('completion')
    .description(CLIENT_COMMANDS.completion)
    .argument('<SHELL>', SHELLS.join(', '))
    .addHelpText('after', NOTES)
    .action((shell: string) => {
      const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
      if (script === undefined) {
        throw misuse(
          `there is no completion for '${shell}'${didYouMean(shell, SHELLS)}; there is for ${SHELLS.join(', ')}`,
        );
      }
      session().terminal.stdout.write(script);
    });
  program
    .command(COMPLETE_COMMAND, { hidden: true })
    .argument('[WORD...]')
    .action(async (words: readonly string[]) => {
      for (const word of await wordsAfter(program, words, session)) session().print(word);
    });
}
