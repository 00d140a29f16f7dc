"""Names that people give to runs and versions, to find them again."""

import re
from collections.abc import Iterable

from huleedu_ml_training.domain.errors import UsageError

KEEP = "keep"
"""A run with this tag is never pruned."""

REPRODUCTION = "reproduction"
"""Of runs that train an earlier one again."""

MOST_TAGS = 50
"""Of one run or one version."""

_TAG = re.compile(r"[a-z0-9][a-z0-9._:-]{0,62}", re.ASCII)


class InvalidTagError(UsageError):
    """A text cannot be a tag, or there are too many.

    Attributes:
        tag: The text.
        problem: What is wrong with it.
    """

    code = "invalid-tag"

    def __init__(self, *, tag: str, problem: str) -> None:
        super().__init__()
        self.tag = tag
        self.problem = problem

    @property
    def what(self) -> str:
        """Quote the tag."""
        return f"the tag {self.tag[:80]!a} {self.problem}"

    @property
    def remedy(self) -> str:
        """Say what tags look like."""
        return (
            "a tag is at most 63 of a-z, 0-9, '.', '_', ':' and '-', the first a letter or digit, "
            "as in autumn-2026"
        )


def checked_tag(tag: str) -> str:
    """Return a tag as it is.

    Raises:
        InvalidTagError: It is none.
    """
    if not _TAG.fullmatch(tag):
        raise InvalidTagError(tag=tag, problem="cannot be kept")
    return tag


def changed_tags(
    tags: Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return tags with others added and removed, ascending.

    Removing what is not there is no error, nor is adding what is there.

    Raises:
        InvalidTagError: One of them is no tag, is both added and removed, or there are too many.
    """
    added, removed = ({checked_tag(tag) for tag in each} for each in (add, remove))
    for tag in sorted(added & removed):
        raise InvalidTagError(tag=tag, problem="is both added and removed")
    result = tuple(sorted((set(tags) | added) - removed))
    if len(result) > MOST_TAGS:
        raise InvalidTagError(tag=result[-1], problem=f"is one too many: {MOST_TAGS} are allowed")
    return result
