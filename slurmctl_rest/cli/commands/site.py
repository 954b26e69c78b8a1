"""The help of the commands about a site's file."""

from __future__ import annotations

from collections.abc import Mapping

from slurmctl_rest.cli.commands.base import Standalone

COMMANDS: Mapping[str, Standalone] = {
    "export": Standalone(
        "Write accounts, users and QOS to a site's file",
        syntax="[where account=NAME,...] [-o FILE|DIR] [--format FORMAT] [--as-of TIME]",
        examples=(
            "export -o site.toml",
            "export where account=science -o science.yaml",
            "export -o site/ --format yaml",
            "export --as-of 2026-10-01 -o site.toml",
        ),
        notes=(
            "The file has own values only, and says of every other limit that it is cleared: "
            "`diff` of it is empty. Comments of a file that is there are kept. With "
            "`where account=`, these accounts and all below are the scope, and QOS are left out.",
            "FORMAT is toml (the default), yaml, json or sacctmgr; the name of FILE tells it, too. "
            "A folder gets a file for each table.",
            "Comments of associations are managed only with --comments: over the commands, "
            "sacctmgr takes long to tell them on a large cluster.",
        ),
        topics=("options", "exit-codes"),
        shares="all",
    ),
    "diff": Standalone(
        "Compare a site's file, or the past, with the cluster",
        syntax="-f FILE|DIR [--as-of TIME] | --as-of TIME",
        examples=(
            "diff -f site.toml",
            "diff -f site/ --output prometheus",
            "diff --as-of now-1day",
        ),
        notes=(
            "If nothing differs, the exit code is 0, and 8 otherwise. With --nagios it is 0, 1 "
            "(differs) or 3 (not known). `--output prometheus` prints metrics for a textfile "
            "collector.",
            "If the file was applied before, diff and plan tell what has changed on the cluster "
            "since, and by whom, as far as Slurm's journal can be read.",
            "With --as-of, the file is compared with the cluster as it was then; without a file, "
            "the cluster as it was with the cluster of now.",
        ),
        shares="read",
    ),
    "plan": Standalone(
        "Show what apply would do, and keep it",
        syntax="-f FILE|DIR [--prune] [-o PLAN] [--conflict WHAT]",
        examples=(
            "plan -f site.toml",
            "plan -f site.toml --prune -o plan.json",
            "plan -f site/ --json",
        ),
        notes=(
            "A plan has the old values that it saw, and a digest. It names what the executor "
            "cannot do, and what does not come back once it is deleted. `apply PLAN` carries out "
            "just that.",
        ),
        shares="read",
    ),
    "apply": Standalone(
        "Make the cluster what a site's file says",
        syntax="FILE|DIR|PLAN [--prune] [--conflict WHAT]",
        examples=("apply site.toml --dry-run", "apply site.toml --prune", "apply plan.json -i"),
        notes=(
            "Fields that the file does not have stay, and nothing outside its scope is touched. "
            "--prune deletes what only the cluster has there, unless jobs are active on it.",
            "If a value has changed on both sides (--conflict fail, the default), or a row of a "
            "plan has, nothing is done (exit 4). If a write fails, the rest is kept as a new plan: "
            "FILE.rest.json, or --rest.",
        ),
        shares="write",
    ),
    "edit": Standalone(
        "Edit an account, a user, an association or a QOS in an editor",
        syntax="account|user|qos NAME, or assoc user=NAME account=NAME",
        examples=("edit account physics", "edit qos high", "edit assoc user=bob account=physics"),
        notes=(
            "$VISUAL, $EDITOR or vi opens the object as TOML, with its own values. After that the "
            "change is shown, confirmed, written and read back. If the file cannot be followed, it "
            "is opened again with the message on top.",
        ),
        topics=("fields account", "options", "exit-codes"),
        shares="write",
    ),
}
