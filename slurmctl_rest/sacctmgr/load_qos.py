"""The QOS of sacctmgr's file: their lines come before the cluster's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import load_texts as texts
from slurmctl_rest.sacctmgr import qos, qos_words
from slurmctl_rest.sacctmgr.load_file import FileError, FileLine, FileOptions
from slurmctl_rest.sacctmgr.options import Options
from slurmctl_rest.sacctmgr.qos_words import Known
from slurmctl_rest.sacctmgr.reply import Refused
from slurmctl_rest.sacctmgr.values import lower

TWICE = " Problem with line({}). QOS '{}' has multiple entries. Remove one to continue."
HOUR, MINUTE = 3600, 60
IN_SECONDS = "PreemptExemptTime"
"""`dump` writes it in seconds, and sacctmgr's `load` would read these as minutes."""


@dataclass(slots=True)
class LoadedQos:
    """The QOS that there are, and lines about them; a QOS may preempt one of a later line."""

    rows: Sequence[Row]
    known: Known
    numbers: Mapping[str, int]
    options: Options
    lines: dict[str, tuple[FileLine, list[str]]] = field(default_factory=dict)
    changes: list[RowChange] = field(default_factory=list)

    @property
    def new_names(self) -> list[str]:
        """Return the names of those that are added."""
        there = {row["Name"] for row in self.rows}
        return [name for name in self.lines if name not in there]

    def read(self, line: FileLine, options: FileOptions) -> None:
        """Take in a line; raise FileError for a second one about the same QOS."""
        name = lower(options.name)
        if name in self.lines:
            raise FileError(TWICE.format(line.number, name))
        words = []
        for one in options.words:
            key = one.text[: len(one.key)]
            in_seconds = len(key) > len("preempt") and IN_SECONDS.lower().startswith(one.key)
            if in_seconds and not "preemptmode".startswith(one.key) and one.value.isdecimal():
                seconds = int(one.value)
                value = f"{seconds // HOUR}:{seconds % HOUR // MINUTE}:{seconds % MINUTE}"
                words.append(f"{key}={value}")
            else:
                words.append(f"{key}{one.operator}{one.value}")
        self.lines[name] = line, words

    def decided(self) -> str:
        """Note the changes, and return what is said of them; raise FileError for a bad option."""
        more = {name: number for number, name in enumerate(self.new_names, 10**6)}
        known = replace(self.known, ids={**self.known.ids, **more})
        for name, (line, words) in self.lines.items():
            self.changes += self._changes(name, line, words, known)
        new = [change for change in self.changes if change.action == "add"]
        said = texts.qos([_shown(change) for change in new], self.options) if new else ""
        for change in self.changes:
            if change.action == "modify":
                said += self._told(change)
        return said

    def _changes(
        self, name: str, line: FileLine, words: Sequence[str], known: Known
    ) -> Sequence[RowChange]:
        try:
            if name in self.new_names:
                asked = qos_words.added([name, *words], known)
                asked.settings.setdefault("Description", "")  # not the name, as with `add`
                return qos.add(asked, self.rows).changes
            if not words:
                return ()
            asked = qos_words.modified(["where", f"name={name}", "set", *words], known)
            there = next(row for row in self.rows if row["Name"] == name)
            if asked.settings.get("Description") == lower(str(there["Description"] or "")):
                del asked.settings["Description"]  # it is taken in lower case
            found = qos.modify(asked, self.rows).changes if asked.settings else ()
        except Refused as refused:
            reply = refused.reply
            out = reply.stdout.splitlines()
            said = [*reply.stderr.splitlines(), *out[:1], f" Problem with line({line.number})"]
            raise FileError(*said, out=out) from refused
        return [change for change in found if change.needs_write]

    def _told(self, change: RowChange) -> str:
        return "".join(
            texts.changed(
                f"Changed {title}",
                "QOS",
                change.name,
                *(texts.raw_of_qos(of, value, self.numbers) for value in change.fields[of]),
            )
            + "\n"
            for of, title in texts.CHANGED_QOS
            if of in change.fields and of not in texts.UNTOLD_OF_QOS
        )


def _shown(change: RowChange) -> Row:
    """Return a new QOS with what is said of it, and no more."""
    told = {name: after for name, (_, after) in change.fields.items()}
    return {"PreemptMode": change.new["PreemptMode"], **told, "Name": change.name}
