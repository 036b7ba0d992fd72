"""The completion script of each shell, given the verbs of `completion`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Option:
    """An option of a verb.

    Attributes
    ----------
    names : tuple of str
    values : tuple of str
        What can stand behind it; empty if that is a path, or not known.
    takes : str
        "nothing", "value" or "run".
    help : str
    """

    names: tuple[str, ...]
    values: tuple[str, ...]
    takes: str
    help: str


@dataclass(frozen=True)
class Verb:
    """A verb with its options, and the words that can stand behind it without an option."""

    name: str
    summary: str
    options: tuple[Option, ...]
    words: tuple[str, ...]
    takes_runs: bool


BASH = """\
# bash completion for kaggle-kit: source <(kaggle-kit completion bash)
_kaggle_kit() {{
    local now=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb= word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ $word != -* ]] && {{ verb=$word; break; }}
    done
    local runs=$(cd runs 2>/dev/null && printf '%s\\n' */ | tr -d '*/')
    COMPREPLY=()
    case "$verb" in
        '') COMPREPLY=($(compgen -W "{verbs} --help --version" -- "$now")); return;;
{cases}
    esac
    [[ ${{#COMPREPLY[@]}} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$now"))
}}
complete -o filenames -F _kaggle_kit kaggle-kit
"""
ZSH = """\
#compdef kaggle-kit
# zsh completion for kaggle-kit: source <(kaggle-kit completion zsh)
_kaggle_kit_runs() {{
    local -a runs=(runs/*(/N:t))
    compadd -a runs
}}
_kaggle_kit() {{
    local -a verbs=(
{verbs}
    )
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case $verb in
{cases}
    esac
}}
compdef _kaggle_kit kaggle-kit
"""
POWERSHELL = """\
# PowerShell completion for kaggle-kit:
# kaggle-kit completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kaggle-kit -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $options = @{{
{options}
    }}
    $values = @{{
{values}
    }}
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object {{ "$_" }})
    if ($wordToComplete) {{ $words = @($words | Select-Object -SkipLast 1) }}
    $verb = $words | Where-Object {{ $_ -notlike '-*' }} | Select-Object -First 1
    $before = $words | Select-Object -Last 1
    if (-not $verb) {{ $found = $options.Keys }}
    elseif ($before -eq '--run') {{
        $found = (Get-ChildItem runs -Directory -ErrorAction SilentlyContinue).Name
    }}
    elseif ($values.ContainsKey("$verb $before")) {{ $found = $values["$verb $before"] }}
    elseif ($options.ContainsKey($verb)) {{ $found = $options[$verb] }}
    $found | Where-Object {{ $_ -like "$wordToComplete*" }} | Sort-Object | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }}
}}
"""


def bash(verbs: Sequence[Verb]) -> str:
    names = " ".join(verb.name for verb in verbs)
    return BASH.format(verbs=names, cases="\n".join(map(_bash_case, verbs)))


def _bash_case(verb: Verb) -> str:
    lines = [f"        {verb.name}) case $before in"]
    for option in verb.options:
        words = "$runs" if option.takes == "run" else " ".join(option.values)
        found = f'COMPREPLY=($(compgen -W "{words}" -- "$now")); return' if words else ":"
        if option.takes != "nothing":
            lines.append(f"            {'|'.join(option.names)}) {found};;")
    flags = " ".join(name for option in verb.options for name in option.names)
    words = " ".join([*verb.words, *(["$runs"] if verb.takes_runs else [])])
    choose = f'[[ $now == -* ]] && words="{flags}"'
    reply = 'COMPREPLY=($(compgen -W "$words" -- "$now"))'
    lines += [f'            *) local words="{words}"; {choose}; {reply};;', "        esac;;"]
    return "\n".join(lines)


def zsh(verbs: Sequence[Verb]) -> str:
    listed = "\n".join(f"        {_quoted(f'{v.name}:{v.summary}')}" for v in verbs)
    return ZSH.format(verbs=listed, cases="\n".join(map(_zsh_case, verbs)))


def _zsh_case(verb: Verb) -> str:
    specs = [_zsh_spec(option, name) for option in verb.options for name in option.names]
    words = [f"({' '.join(verb.words)})"] if verb.words and not verb.takes_runs else []
    words += ["_kaggle_kit_runs"] if verb.takes_runs else ["_files"]
    specs.append(_quoted(f"*:argument:{words[0]}"))
    return f"        {verb.name}) _arguments {' '.join(specs)};;"


def _zsh_spec(option: Option, name: str) -> str:
    text = option.help.translate(str.maketrans("[]:", "();"))
    action = {"nothing": "", "run": ":run:_kaggle_kit_runs"}.get(option.takes, ":value:_files")
    if option.values:
        action = f":value:({' '.join(option.values)})"
    return _quoted(f"{name}[{text}]{action}")


def fish(verbs: Sequence[Verb]) -> str:
    lines = [
        "# fish completion for kaggle-kit: kaggle-kit completion fish | source",
        "complete -c kaggle-kit -n __fish_use_subcommand -f",
    ]
    for verb in verbs:
        about = f"-a {verb.name} -d {_quoted(verb.summary)}"
        lines.append(f"complete -c kaggle-kit -n __fish_use_subcommand -f {about}")
        lines += [_fish_option(verb, option) for option in verb.options]
        words = [*verb.words, *(["(basename -a runs/*/)"] if verb.takes_runs else [])]
        if words:
            lines.append(f"{_fish_when(verb)} -f -a {_double(' '.join(words))}")
    return "\n".join([*lines, ""])


def _fish_when(verb: Verb) -> str:
    return f"complete -c kaggle-kit -n '__fish_seen_subcommand_from {verb.name}'"


def _fish_option(verb: Verb, option: Option) -> str:
    names = [f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names]
    line = f"{_fish_when(verb)} {' '.join(names)} -d {_quoted(option.help)}"
    if option.values:
        return f"{line} -x -a {_double(' '.join(option.values))}"
    if option.takes == "run":
        return f"{line} -x -a {_double('(basename -a runs/*/ 2>/dev/null)')}"
    return line if option.takes == "nothing" else f"{line} -r"


def powershell(verbs: Sequence[Verb]) -> str:
    options, values = [], []
    for verb in verbs:
        flags = [name for option in verb.options for name in option.names]
        options.append(f"        '{verb.name}' = {_ps_list([*flags, *verb.words])}")
        values += [
            f"        '{verb.name} {name}' = {_ps_list(option.values)}"
            for option in verb.options
            for name in option.names
            if option.values
        ]
    return POWERSHELL.format(options="\n".join(options), values="\n".join(values))


def _ps_list(words: Sequence[str]) -> str:
    listed = "', '".join(words)
    return f"@('{listed}')"


def _quoted(text: str) -> str:
    """A text in single quotes, as bash, zsh and fish read it."""
    return "'" + text.replace("'", "’") + "'"


def _double(text: str) -> str:
    return f'"{text}"'
