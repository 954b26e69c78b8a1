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
        examples=("diff -f site.toml", "diff -f site/ --nagios", "diff --as-of now-1day"),
        notes=(
            "If nothing differs, the exit code is 0, and 8 otherwise. With --nagios it is 0, 1 "
            "(differs) or 3 (not known).",
            "With --as-of, the file is compared with the cluster as it was then; without a file, "
            "the cluster as it was with the cluster of now.",
        ),
        shares="read",
    ),
    "plan": Standalone(
        "Show what apply would do, and keep it",
        syntax="-f FILE|DIR [--prune] [-o PLAN]",
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
        syntax="FILE|DIR|PLAN [--prune] [--rest PLAN]",
        examples=("apply site.toml --dry-run", "apply site.toml --prune", "apply plan.json -i"),
        notes=(
            "Fields that the file does not have stay as they are, and nothing outside its scope "
            "is touched. With --prune, also delete what the scope has and the file has not; "
            "root, normal and what is unmanaged stay. If jobs are active on what is to be "
            "deleted, nothing is done.",
            "If a row of a plan has changed since, nothing is done, and the exit code is 4. If a "
            "write fails, the rest is kept as a new plan: FILE.rest.json, or --rest.",
        ),
        shares="write",
    ),
    "edit": Standalone(
        "Edit an account or a QOS as TOML in an editor",
        syntax="account|qos NAME",
        examples=("edit account physics", "edit qos high", "edit account physics --dry-run"),
        notes=(
            "$VISUAL, $EDITOR or vi opens the object with its own values. After that the change is "
            "shown, confirmed, written and read back. If the file cannot be followed, it is opened "
            "again with the message on top.",
        ),
        topics=("fields account", "options", "exit-codes"),
        shares="write",
    ),
}
