"""What the documents of a bundle record, read from the documents themselves."""

import re

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.gating.evidence import Papers

CARD = "model_card.md"
REPORT = "report.html"

_HEADING = re.compile(r"(?m)^## +(.+?) *$")
_NOTHING = re.compile(r"(?i)[\W_]*(?:not (?:recorded|stated)\b.*|none\W*)?")
"""A line that says nothing: no words, or that something is not recorded or not stated."""


def read_papers(bundle: Bundle) -> Papers:
    """Return which documents a bundle has, and which parts of its model card say something.

    A part is what stands below a heading of the second level. It says nothing where its body is
    empty, or holds nothing but lines that begin with "Not recorded" or "Not stated".
    """
    has_report = bool(bundle.files.get(REPORT))
    if CARD not in bundle.files:
        return Papers(has_report, None)
    text = bundle.files[CARD].decode("utf-8", "replace")
    _, *sections = _HEADING.split(text)
    return Papers(
        has_report,
        frozenset(
            heading
            for heading, body in zip(sections[::2], sections[1::2], strict=True)
            if not all(map(_NOTHING.fullmatch, body.splitlines()))
        ),
    )
