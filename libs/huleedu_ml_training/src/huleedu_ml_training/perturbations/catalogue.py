"""The changes that a grader is tried with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from huleedu_essay_features import EssayInput
from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.domain.text_identity import content_digest
from huleedu_ml_training.perturbations.sentences import (
    double,
    lower_case,
    pad_with_connectives,
    shuffle_sentences,
)
from huleedu_ml_training.perturbations.spelling import correct_spelling, corrupt_spelling


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A change of a text, the same for equal texts and seeds.

    Attributes:
        name: Key in documents.
        description: What is done to a text, for people.
        change: Takes the parsed text and a source of randomness; returns the new text.
    """

    name: str
    description: str
    change: Callable[[EssayDocument, Random], str]

    def apply(self, essay: EssayInput, seed: int) -> EssayInput:
        """Return the essay with another text.

        Args:
            essay: An essay in a language that features are defined for.
            seed: Seed of what is random in the change.

        Raises:
            UnsupportedLanguageError: No features are defined for its language.
            MissingModelError: The dictionary of its language is not installed.
        """
        # A stream per text: what happens to an essay does not depend on its neighbours.
        rng = Random(f"{seed}:{self.name}:{content_digest(essay.text)}")  # noqa: S311
        return replace(essay, text=self.change(EssayDocument(essay.text, essay.language), rng))


PERTURBATIONS = (
    Perturbation("doubled", "the whole essay twice", double),
    Perturbation("shuffled", "sentences in random order", shuffle_sentences),
    Perturbation("spelling_corrected", "misspelt words corrected", correct_spelling),
    Perturbation("spelling_corrupted", "every tenth word misspelt", corrupt_spelling),
    Perturbation("padded", "connectives before sentences", pad_with_connectives),
    Perturbation("lower_case", "everything in lower case", lower_case),
)
"""All changes, in the order of tables."""
