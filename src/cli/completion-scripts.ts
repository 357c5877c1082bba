export interface DescribedCommand {
  readonly path: string;
  readonly summary: string;
  readonly flags: readonly string[];
}

type Render = (commands: readonly DescribedCommand[], platforms: readonly string[]) => string;

/** Commands whose next word is a platform. */
const platformFirst = new Set(["connect", "setup", "apps set", "apps show", "apps remove", "platforms show"]);

/** The script for a shell; null for a shell that has none. */
export function renderCompletion(
  shell: string,
  commands: readonly DescribedCommand[],
  platforms: readonly string[],
): string | null {
  return scripts[shell]?.(commands, platforms) ?? null;
}

/** What may follow each sequence of words: `""` → first words, `tokens` → its subcommands, `tokens status` → its flags. */
function continuations(commands: readonly DescribedCommand[], platforms: readonly string[]): Map<string, string[]> {
  const next = new Map<string, string[]>();
  const add = (key: string, words: readonly string[]) => {
    next.set(key, [...new Set([...(next.get(key) ?? []), ...words])]);
  };
  for (const { path, flags } of commands) {
    const [first = "", second] = path.split(" ");
    add("", [first]);
    if (second !== undefined) add(first, [second]);
    add(path, platformFirst.has(path) ? [...platforms, ...flags] : flags);
  }
  return next;
}

const bash: Render = (commands, platforms) => {
  const cases = [...continuations(commands, platforms)].map(
    ([key, words]) => `    "${key}") words="${words.join(" ")}" ;;`,
  );
  return `# agencyiq completion for bash
_agencyiq() {
  local words="" key
  key="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  while :; do
    case "$key" in
${cases.map((line) => `  ${line}`).join("\n")}
    esac
    [ -n "$words" ] || [ -z "$key" ] && break
    case "$key" in *" "*) key="\${key% *}" ;; *) key="" ; break ;; esac
  done
  [ "\${COMP_WORDS[COMP_CWORD-1]}" = "--platform" ] && words="${platforms.join(" ")}"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _agencyiq agencyiq`;
};

const zsh: Render = (commands, platforms) => {
  const cases = [...continuations(commands, platforms)].map(
    ([key, words]) => `    "${key}") choices=(${words.join(" ")}) ;;`,
  );
  return `#compdef agencyiq
_agencyiq() {
  local -a choices
  local key="\${(j: :)words[2,CURRENT-1]}"
  while :; do
    case "$key" in
${cases.map((line) => `  ${line}`).join("\n")}
    esac
    (( \${#choices} )) && break
    [[ "$key" == *" "* ]] || break
    key="\${key% *}"
  done
  [[ "\${words[CURRENT-1]}" == "--platform" ]] && choices=(${platforms.join(" ")})
  compadd -a choices
}
compdef _agencyiq agencyiq`;
};

const fish: Render = (commands, platforms) => {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ path, summary, flags }) => {
    const [first = "", second] = path.split(" ");
    const seen =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const words =
      second === undefined
        ? [`complete -c agencyiq -n __fish_use_subcommand -a ${first} -d ${quote(summary)}`]
        : [
            `complete -c agencyiq -n __fish_use_subcommand -a ${first}`,
            `complete -c agencyiq -n "__fish_seen_subcommand_from ${first}" -a ${second} -d ${quote(summary)}`,
          ];
    const flagLines = flags.map((flag) => {
      const values = flag === "--platform" ? ` -x -a "${platforms.join(" ")}"` : "";
      return `complete -c agencyiq -n "${seen}" -l ${flag.replace(/^--/, "")}${values}`;
    });
    const platformLines = platformFirst.has(path)
      ? [`complete -c agencyiq -n "${seen}" -a "${platforms.join(" ")}"`]
      : [];
    return [...words, ...flagLines, ...platformLines];
  });
  return ["# agencyiq completion for fish", "complete -c agencyiq -f", ...new Set(lines)].join("\n");
};

const scripts: Readonly<Record<string, Render>> = { bash, zsh, fish };
