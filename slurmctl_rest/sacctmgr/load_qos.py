"""The QOS of sacctmgr's file: their lines come before the cluster's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import load_texts as texts
from slurmctl_rest.sacctmgr.load_file import FileError, FileLine, FileOptions
from slurmctl_rest.sacctmgr.load_words import FileFacts
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.qos import add_qos, modify_qos
from slurmctl_rest.sacctmgr.reply import LineRefused
from slurmctl_rest.sacctmgr.tokens import ascii_lower, split_word
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

LINE_TWICE = " Problem with line({}). {} '{}' has multiple entries. Remove one to continue."
HOUR, MINUTE = 3600, 60
DUMPED_IN_SECONDS = "PreemptExemptTime"
"""`dump` writes it in seconds, and sacctmgr's `load` would read these as minutes."""


@dataclass(slots=True)
class LoadedQos:
    """The QOS that there are, and lines about them; a QOS may preempt one of a later line."""

    rows: Sequence[Row]
    facts: FileFacts
    options: LineOptions
    lines: dict[str, tuple[FileLine, list[str]]] = field(default_factory=dict)
    changes: list[RowChange] = field(default_factory=list)

    @property
    def new_names(self) -> list[str]:
        """Return the names of those that are added."""
        there = {row["Name"] for row in self.rows}
        return [name for name in self.lines if name not in there]

    def read(self, line: FileLine, options: FileOptions) -> None:
        """Take in a line; raise FileError for a second one about the same QOS."""
        name = ascii_lower(options.name)
        if name in self.lines:
            raise FileError(LINE_TWICE.format(line.number, "QOS", name))
        words = []
        for one in options.words:
            key = one.text[: len(one.key)]
            in_seconds = len(key) > len("preempt") and DUMPED_IN_SECONDS.lower().startswith(one.key)
            if in_seconds and not "preemptmode".startswith(one.key) and one.value.isdecimal():
                seconds = int(one.value)
                value = f"{seconds // HOUR}:{seconds % HOUR // MINUTE}:{seconds % MINUTE}"
                words.append(f"{key}={value}")
            else:
                words.append(f"{key}{one.operator}{one.value}")
        self.lines[name] = line, words

    def decided(self) -> str:
        """Note the changes, and return what is said of them; raise FileError for a bad option."""
        facts = self.facts.with_qos(self.new_names)
        for name, (line, words) in self.lines.items():
            self.changes += self._changes(name, line, words, facts)
        new = [change for change in self.changes if change.action == "add"]
        said = texts.qos_table([_shown(change) for change in new], self.options) if new else ""
        for change in self.changes:
            if change.action == "modify":
                said += self._told(change)
        return said

    def _changes(
        self, name: str, line: FileLine, words: Sequence[str], facts: FileFacts
    ) -> Sequence[RowChange]:
        is_new = name in self.new_names
        request = WriteRequest("add" if is_new else "modify", "qos", facts)
        request.conditions.where["Name"] = [name]
        for text in words:
            request.set(split_word(text))
        asked = request.settings.asked
        try:
            request.checked()
            if is_new:
                asked.setdefault("Description", "")  # not the name, as with `add`
                return add_qos(request, self.rows, name).changes[name]
            there = next(row for row in self.rows if row["Name"] == name)
            if asked.get("Description") == ascii_lower(str(there["Description"] or "")):
                del asked["Description"]  # it is taken in lower case
            found = modify_qos(request, self.rows, name).changes[name] if asked else ()
        except LineRefused as refused:
            reply = refused.reply
            out = reply.stdout.splitlines()
            said = [*reply.stderr.splitlines(), *out[:1], f" Problem with line({line.number})"]
            raise FileError(*said, out=out) from refused
        return [change for change in found if change.needs_write]

    def _told(self, change: RowChange) -> str:
        return "".join(
            texts.changed_line(
                f"Changed {title}",
                "QOS",
                change.name,
                *(
                    texts.raw_of_qos(of, value, self.facts.tres_numbers)
                    for value in change.fields[of]
                ),
            )
            + "\n"
            for of, title in texts.CHANGED_QOS
            if of in change.fields and of not in texts.UNTOLD_OF_QOS
        )


def _shown(change: RowChange) -> Row:
    """Return a new QOS with what is said of it, and no more."""
    told = {name: after for name, (_, after) in change.fields.items()}
    return {"PreemptMode": change.new["PreemptMode"], **told, "Name": change.name}
