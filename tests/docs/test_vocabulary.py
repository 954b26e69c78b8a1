"""Pages, manual pages and help use the project's words: one name a thing, plain sentences.

The words are those of the field, as slurm.conf, git's and kubectl's manuals have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tools.docgen.pages import pages
from tools.docgen.unroff import markdown

from .pages import PAGES, ROOT, prose

WORDS = {
    r"\broads?\b": "executor, over REST, over the Slurm commands",
    r"\bis exit \d+|\bare exit \d+": "exits with N",
    r"\bstands? in the way\b": "blocks, fails if",
    r"\b(?:is|are) no (?:field|option|account|user|command|QOS)\b": "has no field",
    r"\bit was not looked for\b": "could not check for",
    r"\bgoes with (?:the|it)\b|\bgo with (?:the|it)\b": "is deleted together with",
    r"\bin the end\b": "effective, finally",
    r"\bcome[s]? of it\b|\bcame of it\b": "result, effect",
    r"\bon its way\b": "halfway",
    r"\bnobody to ask\b|\bnothing named\b": "no terminal to confirm on; no selection given",
    r"\blet the (?:jobs?|rows?|users?) be\b": "leave",
    r"\bhas no words for\b": "has no request for",
    r"\bknob\b|\bgotcha\b": "setting; limit",
    r"\bMaxSubmitJob\b": "MaxSubmitJobs",
    r"\bQoS\b": "QOS",
    r"\bcmd\b|\bconfig file\b": "command; profile file",
}
"""What is not written, and what stands instead."""

STAND_INS = re.compile(
    r"(?:^|[.!] |\n[-*] )((?:What|Who|Where) (?!happens)|One (?:who|that|may) )[^?\n]*",
    re.MULTILINE,
)
"""Sentences that begin with a word for a noun, as "What is not there is no error." does."""

OF_ROOT = ("ARCHITECTURE.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md")
TEXTS = {
    **{name: prose(text) for name, text in PAGES.items()},
    **{name: prose((ROOT / name).read_text(encoding="utf-8")) for name in OF_ROOT},
    **{name: markdown(text) for name, text in pages().items()},
}


def said(text: str) -> str:
    """Return what is said, without code and quotations."""
    text = re.sub(
        r"^ {4}.*$|`[^`]*`|<code>.*?</code>|\"[^\"\n]*\"", " _ ", text, flags=re.MULTILINE
    )
    return re.sub(r"\]\([^)]*\)", "]", text)


def complaints(text: str) -> Iterator[str]:
    """Yield each word that is not to be used, and what stands instead."""
    for pattern, instead in WORDS.items():
        for match in re.finditer(pattern, said(text), re.IGNORECASE if pattern.islower() else 0):
            yield f"{match[0]}: {instead}"


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_uses_the_words_of_the_project(name: str) -> None:
    assert [*complaints(TEXTS[name])] == []


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".md")])
def test_no_sentence_begins_with_a_stand_in(name: str) -> None:
    assert STAND_INS.findall(said(TEXTS[name])) == []


def test_a_wrong_word_is_noticed() -> None:
    wrong = "If the account is in use, that is exit 4 on either road."
    assert [*complaints(wrong)] == [
        "road: executor, over REST, over the Slurm commands",
        "is exit 4: exits with N",
    ]
    assert STAND_INS.findall("Ignore it.\nWhat is not there is no error.") != []
    assert [*complaints("`road`\n    a road\n")] == []
