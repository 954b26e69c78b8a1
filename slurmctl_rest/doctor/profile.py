"""Checks of the profile: its file, its token, the address and version of slurmrestd."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from slurmctl_rest.doctor.examined import Facts, unserved
from slurmctl_rest.doctor.verdicts import Verdict, failure, good, not_there, skipped, warning
from slurmctl_rest.errors import NotAuthenticated, SlurmctlError, Unsupported
from slurmctl_rest.model.facts import NEWER, Controller, Skipped, SlurmrestdFacts, Token
from slurmctl_rest.model.versions import KNOWN

MIN_TOKEN_LIFE_S = 600
"""Seconds that a token should still have."""


MAX_SKEW_S = 10
"""Seconds that clocks may differ: tokens and munge's credentials know times."""


OTHERS_READ, OTHERS_WRITE = 0o004, 0o002


def check_configuration(facts: Facts) -> Verdict:
    """Say where the keys of the profile come from."""
    found = facts.configuration
    if isinstance(found, SlurmctlError | Skipped):
        return not_there(found)
    sources = [setting.source for setting in found.settings]
    of_file = sources.count(str(found.file))
    of_environment = sum(source.startswith("$") for source in sources)
    what = f"profile '{found.name}' of {found.file}" if found.name else "no profile of a file"
    return good(
        f"{what}; keys: {of_file} from the file, {of_environment} from the environment, "
        f"{len(sources) - of_file - of_environment} by default"
    )


def check_profile_file(facts: Facts) -> Verdict:
    """Tell whether others can write the file."""
    found = facts.configuration
    if isinstance(found, SlurmctlError | Skipped):
        return skipped("the configuration is wrong")
    if found.mode is None:
        return skipped("there is no profile file")
    if found.mode & OTHERS_WRITE:
        return warning(f"all users may write {found.file}", f"chmod o-w {found.file}")
    return good(f"{found.file} has mode {found.mode:03o}")


def _slurmrestd(facts: Facts) -> SlurmrestdFacts:
    if facts.slurmrestd is None:
        raise AssertionError("CHECKS says which checks are those of rest")
    return facts.slurmrestd


def check_endpoint(facts: Facts) -> Verdict:
    """Tell whether slurmrestd answers, and how the token goes there."""
    from slurmctl_rest.config.models import is_loopback  # noqa: PLC0415

    slurmrestd = _slurmrestd(facts)
    if isinstance(slurmrestd.reached, SlurmctlError | Skipped):
        return not_there(slurmrestd.reached)
    if slurmrestd.url.startswith("http://") and not is_loopback(
        urlsplit(slurmrestd.url).hostname or ""
    ):
        return warning(
            f"{slurmrestd.url} answers, but the token travels unencrypted",
            "use https:// or a unix socket",
        )
    if slurmrestd.url.startswith("https://") and not slurmrestd.verified:
        return warning(
            f"{slurmrestd.url} answers, but its certificate is not checked",
            "set verify_ssl = true, and ca_file if the certificate is your own",
        )
    return good(f"{slurmrestd.url} answers")


def check_token(facts: Facts) -> Verdict:
    """Say where the token was found."""
    token = _slurmrestd(facts).token
    return good(token.source) if isinstance(token, Token) else not_there(token)


def check_token_file(facts: Facts) -> Verdict:
    """Tell whether others can read or write the file of the token."""
    token = _slurmrestd(facts).token
    if not isinstance(token, Token):
        return skipped("there is no token")
    if token.mode is None:
        return skipped("the token is in the environment")
    if token.mode & (OTHERS_READ | OTHERS_WRITE):
        file = token.source.removeprefix("token_file ")
        return warning(f"all users may read or write {file}", f"chmod o= {file}")
    return good(f"mode {token.mode:03o}")


def check_token_user(facts: Facts) -> Verdict:
    """Say whose the token is."""
    slurmrestd = _slurmrestd(facts)
    token, username = slurmrestd.token, slurmrestd.username
    if not isinstance(token, Token):
        return skipped("there is no token")
    if token.user is None:
        return good("it names no user")
    if token.user == username:
        return good(f"it is the token of {username}")
    if isinstance(facts.controller, Controller):  # those of root and SlurmUser may
        return good(f"it is the token of {token.user}, and acts for {username}")
    wrong = NotAuthenticated(
        f"it is the token of {token.user}, but username is {username}",
        f"set username = '{token.user}', or: scontrol token username={username} lifespan=SECONDS",
    )
    if isinstance(facts.controller, NotAuthenticated):
        return failure(wrong)
    return warning(wrong.message, wrong.hint)


def check_token_expiry(facts: Facts) -> Verdict:
    """Say when the token ends."""
    slurmrestd = _slurmrestd(facts)
    if not isinstance(slurmrestd.token, Token):
        return skipped("there is no token")
    ahead = (
        slurmrestd.token.made.timestamp() - facts.now if slurmrestd.token.made is not None else 0
    )
    if ahead > MAX_SKEW_S:
        return warning(
            f"this machine's clock is {ahead:.0f} seconds behind the one that made the token",
            "synchronize both clocks (chrony)",
        )
    if slurmrestd.token.ends is None:
        return good("it has no expiry time")
    left = slurmrestd.token.ends.timestamp() - facts.now
    at = slurmrestd.token.ends.astimezone(UTC).isoformat(timespec="seconds")
    renew = f"renew it: scontrol token username={slurmrestd.username} lifespan=SECONDS"
    if left <= 0:
        return failure(NotAuthenticated(f"the token expired at {at}", renew))
    if left < MIN_TOKEN_LIFE_S:
        return warning(f"the token expires at {at}, in {left:.0f} seconds", renew)
    return good(f"it is valid until {at}")


def check_api_version(facts: Facts) -> Verdict:
    """Tell whether the profile's API version is served."""
    slurmrestd = _slurmrestd(facts)
    if isinstance(slurmrestd.served, SlurmctlError | Skipped):
        return not_there(slurmrestd.served)
    new = [str(version) for version in slurmrestd.served if version in NEWER]
    # Newer ones are told apart: slurmrestd may serve none any more that this program knows.
    ours = [str(version) for version in slurmrestd.served if version in KNOWN]
    named = f"; newer than this program: {', '.join(new)}" if new else ""
    if unserved(slurmrestd):
        wanted = (
            "any" if slurmrestd.api_version == "auto" else f"API version {slurmrestd.api_version}"
        )
        remedy = f"it serves {', '.join(ours)}: set api_version (or 'auto')"
        if not ours:
            remedy = "check that slurmrestd answers at url"
            wanted = f"any API version that this program knows, {KNOWN[0]} to {KNOWN[-1]}"
        return failure(Unsupported(f"slurmrestd does not serve {wanted}{named}", remedy))
    used = f"auto takes {ours[-1]}" if slurmrestd.api_version == "auto" else slurmrestd.api_version
    return good(f"{used}; served: {', '.join(ours)}{named}")
