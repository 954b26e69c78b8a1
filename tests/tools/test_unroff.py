"""Manual pages as Markdown."""

from __future__ import annotations

from tools.docgen import roff
from tools.docgen.unroff import markdown


def test_a_page_becomes_markdown() -> None:
    page = [
        *roff.head("slurmctl-rest-x", "1", "Do x."),
        *roff.synopsis("x list [name]"),
        *roff.section("VERBS", "`user=a*` and a_b.\n\n`one long piece of code` more"),
        *roff.tagged("`list`", "List x.", "aside"),
        *roff.inside(roff.tagged("`-s`", "Deeper.")),
        *roff.literal(["slurmctl-rest x list 'a-b'"]),
        *roff.see_also("slurmctl-rest.toml(5)", "sacctmgr(1)"),
    ]
    text = [line for line in markdown("\n".join(page)).splitlines() if line]
    assert text == [
        "# slurmctl-rest-x",
        "## Name",
        "slurmctl-rest-x - do x",
        "## Synopsis",
        "`slurmctl-rest`",
        "x list [name]".replace("[", "&#91;").replace("]", "&#93;"),
        "## Verbs",
        "<code>user=a&#42;</code> and a&#95;b.",
        "<code>one long piece of code</code> more",
        "- **<code>list</code>**<br>",
        "List x.",
        "<br>",
        "aside",
        "    - **<code>-s</code>**<br>",
        "    Deeper.",
        "```text",
        "slurmctl-rest x list 'a-b'",
        "```",
        "## See also",
        "[slurmctl-rest.toml(5)](slurmctl-rest.toml.5.md),",
        "sacctmgr(1)",
    ]
