"""API versions: read, compared, written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.versions import DEFAULT, KNOWN, V40, V43, ApiVersion


@pytest.mark.parametrize("text", ["v0.0.43", "0.0.43", " v0.0.43\n"])
def test_a_version_is_read(text: str) -> None:
    assert ApiVersion.parse(text) == V43
    assert str(ApiVersion.parse(text)) == "v0.0.43"


@pytest.mark.parametrize(
    "text", ["", "43", "v43", "v0.0.", "v0.0.1000", "v0.0.4x", "v1.0.43", "v0.0.43/", "newest"]
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        ApiVersion.parse(text)
    assert refused.value.message == f"'{text}' is not an API version"
    assert refused.value.hint == "write it like v0.0.43, or 'auto'"


@pytest.mark.parametrize("text", ["v0.0.39", "v0.0.9", "0.0.0"])
def test_what_is_too_old(text: str) -> None:
    with pytest.raises(UsageError, match="is not supported") as refused:
        ApiVersion.parse(text)
    assert refused.value.hint == "the oldest is v0.0.40"


@given(st.text(max_size=12))
def test_any_text_is_a_version_or_a_usage_error(text: str) -> None:
    try:
        version = ApiVersion.parse(text)
    except UsageError:
        return
    assert ApiVersion.parse(str(version)) == version


def test_versions_have_an_order_of_numbers_not_of_letters() -> None:
    assert ApiVersion(9) < ApiVersion.parse("v0.0.40") < ApiVersion.parse("v0.0.100")
    assert list(KNOWN) == sorted(KNOWN)
    assert KNOWN[0] == V40
    assert DEFAULT == V43
