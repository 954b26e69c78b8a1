"""The help of commands that belong to the program itself, like ping, help and schema."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone
from slurmctl_rest.model.entities.ping import PING

TOPICS: Mapping[str, str] = {
    "fields": "Fields of an object, with units: help fields account",
    "selection": "Names, conditions, set, operators and values",
    "formats": "Output formats, columns and widths",
    "options": "Options of every command",
    "exit-codes": "Exit codes, and the error codes of JSON",
    "environment": "Variables of the environment",
    "checks": "Checks of doctor",
}
"""Topics of help: cli/topics.py has their texts."""

COMMANDS: Mapping[str, Standalone] = {
    "ping": Standalone(
        "Ask every controller and slurmdbd whether it answers",
        PING,
        examples=("ping", "ping --json", "ping -Q"),
        notes=(
            "If a daemon does not answer, the exit code is 6. With -Q nothing is printed if all of "
            "them do.",
        ),
        topics=("fields ping", "options", "exit-codes"),
    ),
    "dump": Standalone(
        "Write a cluster to sacctmgr's file",
        syntax="[cluster=NAME] [file=FILE]",
        examples=("dump", "dump cluster=alps file=alps.cfg", "dump -M alps"),
        notes=(
            "The file has accounts, users, associations and QOS, with their own values and not "
            "with inherited ones. It goes to stdout unless file= names a file. `load` and "
            "`sacctmgr load` read it. It does not hold WCKeys, comments of associations, or flags "
            "of accounts.",
        ),
        shares="all",
    ),
    "load": Standalone(
        "Load sacctmgr's file into a cluster",
        syntax="FILE [cluster=NAME] [--clean]",
        examples=("load alps.cfg --dry-run", "load alps.cfg", "load alps.cfg --clean -i"),
        notes=(
            "The plan is shown before the question. If anything in the file is wrong, nothing is "
            "written. What the file does not name stays: limits, associations, and QOS of a list.",
            "With --clean, also clear the limits and delete the associations that the file does "
            "not have. A user who loses the last association on the cluster is deleted. Accounts "
            "stay known.",
        ),
        shares="write",
    ),
    "help": Standalone(
        "Explain fields, selection, formats, exit codes and more",
        syntax="[TOPIC ... | COMMAND ...]",
        examples=("help fields account", "help exit-codes", "help user add"),
        notes=("The help of a command is the same as with --help.",),
        topics=(),
    ),
    "sacctmgr": Standalone(
        "Answer as sacctmgr does, byte for byte",
        syntax="[sacctmgr's options and words ...]",
        examples=(
            "sacctmgr list account",
            "sacctmgr -nP show assoc format=Account,User",
            "sacctmgr --dry-run -i add account physics",
        ),
        notes=(
            "Every option behind it is sacctmgr's, but for --dry-run, which shows what a write "
            "would send. `sacctmgr --install DIR` makes DIR/sacctmgr, a link by which scripts and "
            "portals run this program instead.",
        ),
        topics=("environment",),
    ),
    "schema": Standalone(
        "Print the JSON Schema of an output, or all commands as JSON",
        syntax="[KIND | commands [NOUN [VERB]]]",
        examples=("schema account", "schema commands", "schema commands user add"),
        notes=(
            "Without KIND, list the kinds. `schema commands` prints all commands, options, fields, "
            "exit codes and error codes as one JSON document; with a noun its verbs and fields, "
            "with a verb also its notes and examples. Off a terminal it is not indented. `schema "
            "manifest` prints the whole with all details.",
        ),
        topics=("formats", "exit-codes"),
    ),
    "explain": Standalone(
        "Explain a command line of sacctmgr",
        syntax="LINE",
        examples=(
            "explain 'sacctmgr -i modify account physics set maxj=3'",
            "explain 'sacctmgr -nP list qos'",
        ),
        notes=(
            "Print the command of this program that means the same, and the requests or the "
            "command line that the profile makes of it. Lists are read; nothing is written.",
        ),
        topics=("options", "exit-codes"),
    ),
    "mcp": Standalone(
        "Serve agents over stdio: the Model Context Protocol",
        examples=("mcp", "--profile alps mcp", "mcp --readonly"),
        notes=(
            "The tools are commands, read, plan and apply. An agent has the rights of the profile, "
            "and applies only what was planned in the session, by its digest; with --readonly it "
            "cannot write. It needs pip install 'slurmctl-rest[mcp]', or exits with 2.",
        ),
        topics=("environment", "exit-codes"),
        shares="all",
    ),
    "demo": Standalone(
        "Show the main tasks step by step on an emulator of Slurm",
        syntax="[--no-pause]",
        examples=("demo", "demo --no-pause"),
        notes=(
            "It starts the emulator itself, and needs no cluster. On a terminal it waits for Enter "
            "after each step.",
        ),
        topics=("exit-codes",),
    ),
    "man": Standalone(
        "Show a manual page, wherever the program is installed",
        syntax="[NOUN]",
        examples=("man", "man account", "man slurmctl-rest.toml"),
        notes=(
            "`man` shows the page. If there is no `man`, or the output is not a terminal, the page "
            "is printed as plain text.",
        ),
        topics=(),
    ),
    "completion": Standalone(
        "Print the completion script of a shell",
        syntax="bash|zsh|fish",
        examples=("completion bash", "completion zsh", "completion fish"),
        notes=(
            "In ~/.bashrc: `. <(slurmctl-rest completion bash)`. In ~/.zshrc after compinit: "
            "`. <(slurmctl-rest completion zsh)`. In ~/.config/fish/config.fish: "
            "`slurmctl-rest completion fish | source`.",
        ),
        topics=(),
    ),
}
