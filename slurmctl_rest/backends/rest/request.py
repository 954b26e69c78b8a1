"""One HTTP request to slurmrestd, and the guard that lets none out that would do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slurmctl_rest.errors import USE_COMMANDS, Unsupported
from slurmctl_rest.model.change import RowChange, subject
from slurmctl_rest.model.command import SentCommand
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import as_shown, holds_bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` begins after the host; `changes` are those that a write carries.

    parallel_safe  it may be sent together with its neighbours that are parallel-safe, too
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    changes: tuple[RowChange, ...] = ()
    parallel_safe: bool = False

    def __post_init__(self) -> None:
        """Refuse to be what would hit more than was meant, or end slurmrestd: a planner's bug.

        Raises Unsupported for a condition that it could not read: of `%ff` in a query it makes
        something else, or an error (24.11, 26.05).
        """
        for text in self.query.values():
            refuse_bytes(text)
        if wrong := _harm(self):
            raise AssertionError(f"{self.method} {self.path} is not sent: {wrong}")

    @property
    def command(self) -> SentCommand:
        """Return it as it is logged and shown."""
        return SentCommand(method=self.method, path=self.path, query=self.query, body=self.body)

    @property
    def what(self) -> str:
        """Return what a message about it is about: the objects written, or the request."""
        return subject(self.changes) or f"{self.method} {self.path}"


def refuse_bytes(text: str) -> None:
    """Raise Unsupported for a word with bytes that are not UTF-8."""
    if holds_bytes(text):
        raise Unsupported(
            f"'{as_shown(text)}' is not UTF-8, which slurmrestd takes alone", USE_COMMANDS
        )


def _harm(request: Request) -> str:
    """Return what is dangerous in a write, or nothing."""
    if request.method == "GET":
        return ""
    harms = DELETIONS if request.method == "DELETE" else BODIES
    return next((harm for harm, is_so in harms.items() if is_so(request)), "")


def is_of_slurmdbd(request: Request) -> bool:
    """Tell whether slurmrestd passes it on to slurmdbd, and not to slurmctld."""
    return request.path.startswith("/slurmdb/")


def _is_on(request: Request, *nouns: str) -> bool:
    return request.path.split("/")[-2] in nouns


def _lacks(names: Json) -> bool:
    """Tell whether names are none, or one of them is empty."""
    return not names or not all(names)


def _body(request: Request, key: str) -> Json:
    return (request.body or {}).get(key)


def _qos_names(request: Request) -> list[Json]:
    """Return every name of a QOS in a list of the body."""
    condition = _body(request, "association_condition") or {}
    rows = [*(_body(request, "associations") or ()), condition.get("association") or {}]
    preempting = [one.get("preempt") or {} for one in _body(request, "qos") or ()]
    lists = [row.get(key) or () for row in rows for key in ("qos", "qoslevel")]
    lists += [one.get("list") or () for one in preempting]
    return [name for some in lists for name in some]


def _lacks_selector(request: Request) -> bool:
    condition = _body(request, "association_condition")
    keys = ("accounts", "clusters", *({"users"} & {*(condition or ())}))
    return condition is not None and any(_lacks(condition.get(key)) for key in keys)


def _names_no_rows(request: Request) -> bool:
    """Tell whether a deletion of associations names no cluster, or neither accounts nor users."""
    named = [request.query[key] for key in ("account", "user") if key in request.query]
    bad = not named or any(_lacks(names.split(",")) for names in named)
    # DELETE associations/ without a filter means every
    # association of every cluster (Slurm's source).
    return bad or not request.query.get("cluster")


DELETIONS: Mapping[str, Callable[[Request], bool]] = {
    "it names no rows": lambda r: _is_on(r, "associations", "association") and _names_no_rows(r),
    "it names no jobs": lambda r: _is_on(r, "jobs") and _lacks(_body(r, "jobs")),
    "it names nothing": lambda r: (
        # Without a name, or with dots alone, the path is another one by the time it is sent.
        _is_on(r, "account", "user", "qos", "cluster", "wckey")
        and not r.path.rpartition("/")[2].strip(".")
    ),
}


BODIES: Mapping[str, Callable[[Request], bool]] = {
    "it names nobody": _lacks_selector,
    "a QOS without a name ends slurmrestd 26.05": lambda r: not all(_qos_names(r)),
}
"""What is wrong with a write -> whether it is so."""
