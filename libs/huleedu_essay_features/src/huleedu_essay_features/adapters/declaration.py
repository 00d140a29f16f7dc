"""What a plugged-in extractor's features are, and how its values become numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from huleedu_essay_features.adapters.errors import FeatureDeclarationError
from huleedu_essay_features.schema import FeatureDefinition

FeatureValue = float | int | str
"""What an extractor of the platform gives for a feature."""

GROUP_PREFIX = "platform."
"""So that the name of an extractor cannot be taken for one of our groups."""


@dataclass(frozen=True, slots=True)
class PlatformFeature:
    """What the one who plugs a pipeline in declares of a feature.

    Attributes:
        name: The key in the extractor's answer, and the name of the column.
        extractor: Name of the extractor that gives it.
        unit: For example ``per 100 words``.
        definition: One sentence that fixes the quantity.
        labels: The texts that the value can be; the column has the index of the text. Empty where
            the value is a number.
        optional: Whether an answer may lack it; the column then has NaN.
        languages: ISO 639-1 codes that it works for; NaN elsewhere. Empty: every language.
    """

    name: str
    extractor: str
    unit: str = "number"
    definition: str = ""
    labels: tuple[str, ...] = ()
    optional: bool = False
    languages: tuple[str, ...] = ()

    def column(self) -> FeatureDefinition:
        """Return the definition of the column."""
        text = self.definition or f"{self.name}, as the platform computes it"
        definition = f"{text.rstrip('.')} (extractor {self.extractor})."
        if self.labels:
            definition += f" Index, from 0, in: {', '.join(self.labels)}."
        return FeatureDefinition(
            self.name,
            GROUP_PREFIX + self.extractor,
            "index" if self.labels else self.unit,
            definition,
            undefined_when=(
                "the extractor leaves it out" if self.optional else "the extractor says NaN"
            ),
            source=f"extractor {self.extractor}",
            languages=self.languages,
            value_range=f"[0, {len(self.labels) - 1}]" if self.labels else "",
        )

    def number(self, value: object) -> float:
        """Return a value as the number that the column has for it.

        Raises:
            ValueError: The value is not of the declared kind; says how.
        """
        if self.labels:
            if value not in self.labels:
                msg = f"{self.name} is {value!r}, declared are {', '.join(map(repr, self.labels))}"
                raise ValueError(msg)
            return float(self.labels.index(str(value)))
        if not isinstance(value, Real | np.bool_):
            hint = "; a text needs its labels declared" if isinstance(value, str) else ""
            msg = f"{self.name} is {value!r}, not a number{hint}"
            raise ValueError(msg)  # noqa: TRY004 - of the extractor's making, not of the caller's
        with np.errstate(over="ignore"):
            try:
                number = float(np.float32(float(value)))
            except OverflowError:
                number = math.inf
        if math.isinf(number):
            msg = f"{self.name} is {value!r}, which is infinite as float32"
            raise ValueError(msg)
        return number


def read_answer(
    extractor: str, answer: object, features: Sequence[PlatformFeature]
) -> tuple[list[float], list[str]]:
    """Return the numbers of an answer, in the order of the features, and what is wrong with it.

    Args:
        extractor: Whose answer it is.
        answer: Mapping of feature name to value.
        features: All features of that extractor.
    """
    if not isinstance(answer, Mapping):
        return [], [f"its answer is of type {type(answer).__name__}, not a mapping"]
    names = {feature.name for feature in features}
    problems = [f"{name!r} is not declared" for name in answer if name not in names]
    numbers = []
    for feature in features:
        if feature.name not in answer:
            if not feature.optional:
                problems.append(f"{feature.name!r} is missing")
            numbers.append(math.nan)
            continue
        try:
            numbers.append(feature.number(answer[feature.name]))
        except ValueError as error:
            problems.append(str(error))
    return numbers, problems


def columns_of(
    extractors: Sequence[str],
    declared: Sequence[PlatformFeature],
    probed: Mapping[str, object] | None,
) -> tuple[PlatformFeature, ...]:
    """Return all features in the order of their columns: by extractor, then by name.

    Args:
        extractors: Names of the extractors, in order.
        declared: What the user declared.
        probed: Extractor → its answer on a sample text; None where everything is declared.

    Raises:
        FeatureDeclarationError: A name is given twice, belongs to no extractor, has a text
            without labels, or there is nothing at all.
    """
    _require(_repeated(extractors), "two extractors have one name")
    _require(_repeated([f.name for f in declared]), "declared twice")
    strangers = [f"{f.name} of {f.extractor}" for f in declared if f.extractor not in extractors]
    _require(strangers, f"declared for an extractor that is none of {', '.join(extractors)}")
    by_name = {feature.name: feature for feature in declared}
    found = list(declared)
    for extractor, answer in (probed or {}).items():
        if not isinstance(answer, Mapping):
            reason = f"extractor {extractor!r} answered {type(answer).__name__}, not a mapping"
            raise FeatureDeclarationError(reason=reason)
        for name, value in answer.items():
            known = by_name.get(name)
            if known is None:
                if not isinstance(name, str) or not name:
                    reason = f"extractor {extractor!r} names a feature {name!r}"
                    raise FeatureDeclarationError(reason=reason)
                if isinstance(value, str):
                    reason = (
                        f"{name} of extractor {extractor!r} is the text {value!r}; "
                        "declare which texts it can be, as labels"
                    )
                    raise FeatureDeclarationError(reason=reason)
                by_name[name] = PlatformFeature(name, extractor)
                found.append(by_name[name])
            elif known.extractor != extractor:
                reason = f"{name} is given by the extractors {known.extractor} and {extractor}"
                raise FeatureDeclarationError(reason=reason)
    if not found:
        raise FeatureDeclarationError(reason="there are none")
    return tuple(sorted(found, key=lambda f: (extractors.index(f.extractor), f.name)))


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _require(wrong: Sequence[str], reason: str) -> None:
    if wrong:
        raise FeatureDeclarationError(reason=f"{reason}: {', '.join(wrong)}")
