"""What training again gave, compared with what it gave the first time."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.export.bundle import MANIFEST, Bundle
from huleedu_ml_training.inference.graph import GraderGraph
from huleedu_ml_training.registry.conditions import VALUES

GRAPH = "grader.onnx"
METRICS = "metrics.json"
_PAPERS = (MANIFEST, "report.html", "model_card.md")
"""Files for people, and the list of all files: what they hold beside figures may change."""


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """A file of the first bundle or of the second.

    Attributes:
        name: Its name.
        first: Sha256 in the first bundle; None where it is absent.
        second: Sha256 in the second; None where it is absent.
    """

    name: str
    first: str | None
    second: str | None

    @property
    def identical(self) -> bool:
        """Whether both have the same bytes."""
        return self.first == self.second

    @property
    def is_paper(self) -> bool:
        """Whether it is written for people, so that it decides nothing."""
        return self.name in _PAPERS


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Two gradings of the same essays, and the files of the two graders.

    Attributes:
        n_essays: Essays that both graded.
        other_grades: How many of them have another grade.
        other_probabilities: How many of them have another P(grade), by so little as one bit.
        largest_difference: Of any probability, in absolute value.
        other_metrics: Names of the metrics whose value or interval differs.
        files: Every file of either bundle, by name.
        libraries: Library → version then and now, where they differ.
    """

    n_essays: int
    other_grades: int
    other_probabilities: int
    largest_difference: float
    other_metrics: tuple[str, ...]
    files: tuple[ComparedFile, ...]
    libraries: Mapping[str, tuple[str | None, str | None]]

    @property
    def other_files(self) -> tuple[str, ...]:
        """Names of the files that differ, papers left out."""
        return tuple(f.name for f in self.files if not f.identical and not f.is_paper)

    @property
    def identical(self) -> bool:
        """Whether grades, probabilities, metrics and every file but the papers are the same."""
        differs = self.other_grades or self.other_probabilities
        return not (differs or self.other_metrics or self.other_files)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            **asdict(self),
            "other_metrics": list(self.other_metrics),
            "other_files": list(self.other_files),
            "identical": self.identical,
            "files": [
                {"name": f.name, "identical": f.identical, "first": f.first, "second": f.second}
                for f in self.files
            ],
            "libraries": {name: list(versions) for name, versions in self.libraries.items()},
        }


def compare_bundles(first: Bundle, second: Bundle, X: NDArray[np.float32]) -> Reproduction:
    """Compare two graders of one scale and one feature schema.

    Args:
        first: The bundle that was registered.
        second: What training again made.
        X: Features of the n essays that both grade, shape (n_essays, n_features).
    """
    scale, n_features = second.manifest.scale, X.shape[1]
    said = [
        GraderGraph(bundle.files[GRAPH], scale=scale, n_features=n_features).predict(X)
        for bundle in (first, second)
    ]
    difference = np.abs(said[0].probabilities - said[1].probabilities)
    return Reproduction(
        n_essays=len(X),
        other_grades=int(np.count_nonzero(said[0].grades != said[1].grades)),
        other_probabilities=int(np.count_nonzero(difference.any(axis=1))),
        largest_difference=float(difference.max(initial=0.0)),
        other_metrics=_other_metrics(first, second),
        files=tuple(
            ComparedFile(name, _digest(first, name), _digest(second, name))
            for name in sorted({*first.files, *second.files})
        ),
        libraries=_other_libraries(first, second),
    )


def _other_metrics(first: Bundle, second: Bundle) -> tuple[str, ...]:
    one, other = (bundle.document(METRICS).get(VALUES, {}) for bundle in (first, second))
    return tuple(name for name in {**one, **other} if one.get(name) != other.get(name))


def _other_libraries(first: Bundle, second: Bundle) -> dict[str, tuple[str | None, str | None]]:
    then, now = first.manifest.library_versions, second.manifest.library_versions
    return {
        name: (then.get(name), now.get(name))
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    }


def _digest(bundle: Bundle, name: str) -> str | None:
    data = bundle.files.get(name)
    return None if data is None else hashlib.sha256(data).hexdigest()
