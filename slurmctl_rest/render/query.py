"""`--query`: a JMESPath expression over the items of a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jmespath
from jmespath.exceptions import (
    EmptyExpressionError,
    JMESPathError,
    LexerError,
    ParseError,
    UnknownFunctionError,
)
from jmespath.functions import Functions

from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.fields import suggestion
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.text import printable
from slurmctl_rest.render.formats import json_items
from slurmctl_rest.render.json import dumped
from slurmctl_rest.render.listing import OutputTarget, ResultList

QUERY_EXAMPLE = "for example: --query '[?MaxJobs > `10`].User' (https://jmespath.org)"


def compiled(expression: str) -> Any:
    """Return the expression, ready to be applied; UsageError says where it cannot be read."""
    try:
        return jmespath.compile(expression)
    except EmptyExpressionError as error:
        raise UsageError("--query is empty", QUERY_EXAMPLE) from error
    except LexerError as error:
        raise _unreadable(expression, error.lexer_position, error.message) from error
    except ParseError as error:
        end = not error.token_value
        reason = (
            "it ends too early" if end else f"'{printable(str(error.token_value))}' is not expected"
        )
        raise _unreadable(expression, error.lex_position, reason) from error
    except RecursionError as error:
        raise UsageError("--query is nested too deeply", QUERY_EXAMPLE) from error


def of_document(document: Json, expression: str, *, ascii_: bool) -> Iterator[str]:
    """Yield what the expression makes of a document, as JSON; UsageError as for a list."""
    try:
        yield dumped(_applied(expression, document), 2, ascii_=ascii_)
    except (TypeError, ValueError) as error:
        raise UsageError(NO_JSON, QUERY_EXAMPLE) from error


NO_JSON = "--query makes no JSON of the items"


def queried(
    listing: ResultList, expression: str, target: OutputTarget, *, one_a_line: bool
) -> Iterator[str]:
    """Yield what the expression makes of the items, as JSON; UsageError if it cannot be applied.

    `one_a_line`: each value of a list stands in a line of its own, as in ndjson.
    """
    found = _applied(expression, [json.loads(item) for item in json_items(listing, target)])
    values = found if one_a_line and isinstance(found, list) else [found]
    try:
        yield from [dumped(v, None if one_a_line else 2, ascii_=target.ascii) for v in values]
    except (TypeError, ValueError) as error:  # an `&expression` alone, to_number('nan')
        raise UsageError(NO_JSON, QUERY_EXAMPLE) from error


def _applied(expression: str, items: Json) -> Json:
    try:
        return compiled(expression).search(items)
    except UnknownFunctionError as error:
        name = expression_function(str(error))
        raise UsageError(
            f"--query: there is no function {name}()", suggestion(name, [*Functions.FUNCTION_TABLE])
        ) from error
    except JMESPathError as error:
        raise UsageError(f"--query: {printable(str(error), 300)}", QUERY_EXAMPLE) from error
    except RecursionError as error:
        raise UsageError("--query is nested too deeply", QUERY_EXAMPLE) from error


def expression_function(message: str) -> str:
    """Return the name in jmespath's message: `Unknown function: foo()`."""
    return message.rpartition(" ")[2].removesuffix("()")


def _unreadable(expression: str, position: int, reason: str) -> UsageError:
    return UsageError(
        f"--query cannot be read at character {position + 1}: {reason} "
        f"(in '{printable(expression)}')",
        QUERY_EXAMPLE,
    )
