"""How a command line is written, in ten lines, and what unsets a value: for programs.

tests/docs/test_grammar_lines.py holds UNSET against the kinds of all fields, and runs GRAMMAR's
words.
"""

from __future__ import annotations

from typing import Final

GRAMMAR: Final = (
    "slurmctl-rest NOUN VERB [NAME,...] [[where] FIELD=VALUE ...] [set FIELD=VALUE ...] "
    "[OPTION ...]",
    "add: slurmctl-rest NOUN add NAME,... FIELD=VALUE ...; no set. modify: set comes before "
    "what changes.",
    "Conditions: a comma list matches any of its values, and all conditions must match; "
    "user='' selects rows without a user.",
    "Operators: = assigns; += and -= change a list of names (where a field's uses have them). "
    "Other fields stay as they are.",
    "Values: TRES cpu=4,gres/gpu=2,mem=4G (mem in MB; TRES that are not named stay); "
    "durations 90, 1:30:00 or 2-12 (days-hours); times 2026-10-01T12:30, now-2hours, today.",
    "Lists also take FIELD>N, >=, <, <=, !=, FIELD='' (no value), NAME=a*, sort=-FIELD, "
    "limit=N, and format=FIELD,... to print these columns alone.",
    "Writes: --dry-run shows changes and writes nothing; -i writes without asking, and is "
    "needed without a terminal. A write names objects or a condition, or has --all.",
    "--json: stdout has one object, with items (lists) or changed and changes (writes). If "
    'the exit code is not 0, the last line of stderr is {"error": {code, exit, message, hint, '
    "retryable}}.",
    "commands: [effect, arguments, summary]; in arguments [] may be left out. fields: for the "
    "nouns that have them, [uses, unit, help]; uses: name, place (says where it is added), = "
    "+= -= (is set), where (is a condition). errors: [exit, meaning, what to do].",
    "schema commands NOUN [VERB] has options, notes and examples; schema KIND the JSON Schema "
    "of an output.",
)

UNSET: Final = (
    (
        "-1",
        "limits: fields of TRES, numbers and durations; also DefaultQOS, Flags, Classification",
        "no limit of its own; an association then takes that of its account",
    ),
    ("TRES=-1", "one TRES of a TRES field, like GrpTRES=cpu=-1", "no limit of that TRES"),
    (
        "''",
        "Comment, AdminComment, Extra, SystemComment, DefaultQOS, Federation, WCKey of jobs, "
        "Flags, Preempt, Coordinators, WCKeys, Features, Clusters",
        "none",
    ),
    (
        "''",
        "QosLevel",
        "inherits the account's again; over REST this is refused (exit 10)",
    ),
    ("-1", "Fairshare, GraceTime, UsageFactor, Priority of a QOS", "Slurm's default: 1, 0, 1, 0"),
    ("none", "AdminLevel", "a user without rights of administration"),
    ("cluster", "PreemptMode of a QOS", "the cluster's PreemptMode"),
    (
        "another value",
        "Parent, Description, Organization, DefaultAccount, DefaultWCKey, NewName, and others",
        "they cannot be unset",
    ),
)
"""The value as it is written, the fields that take it, and what it leaves."""
