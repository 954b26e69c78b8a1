"""The same associations, seen in up to three ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slurmctl_rest.model.entities import association as association_rows
from slurmctl_rest.model.entities.association import NO_EFFECTIVE_QOS, EffectiveQos
from slurmctl_rest.model.fields import Row


@dataclass(frozen=True, slots=True)
class Views:
    """The same associations, seen in up to three ways (see association.with_changes).

    whole  the others tell all that raw rows do, and not their QOS alone
    """

    raw: list[Row]
    added: list[Row] | None
    final: list[Row]
    whole: bool = False

    def rows(self, above: EffectiveQos = NO_EFFECTIVE_QOS) -> list[Row]:
        """Return the rows with their changes to inherited QOS; `above`: how accounts end."""
        ends = {**above, **association_rows.effective_qos(self.final)}
        return association_rows.with_changes(self.raw, self.added, ends)

    def of_accounts(self) -> Views:
        """Return the views of accounts' own rows alone."""
        return Views(
            account_level_rows(self.raw),
            self.added and account_level_rows(self.added),
            account_level_rows(self.final),
            self.whole,
        )


def account_level_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the accounts' own rows among these."""
    return [row for row in rows if association_rows.is_account_level(row)]
