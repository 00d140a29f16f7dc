"""Sentences as words, between composing them and writing them down."""

from dataclasses import dataclass


@dataclass(slots=True)
class Sentence:
    """A sentence as words.

    Attributes:
        words: Words with the commas, colons … that cling to them; no capital at the start.
        end: The mark that ends it; empty where none does.
    """

    words: list[str]
    end: str = "."

    @classmethod
    def from_text(cls, text: str) -> "Sentence":
        """Split a sentence; a question or exclamation mark at its end is kept."""
        end = text[-1] if text.endswith(("?", "!")) else "."
        return cls(text.rstrip("?!").split(), end)


Paragraph = list[Sentence]
