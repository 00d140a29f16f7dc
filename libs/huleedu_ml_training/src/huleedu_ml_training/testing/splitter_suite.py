"""Conformance suite of :class:`SplitterProtocol`: inherit it and override one fixture."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.errors import TooFewEssaysError, TooFewGradesError
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.testing.essays import dated_essays

MakeSplitter = Callable[[SplitSettings], SplitterProtocol]


def essays_with_copies(n: int = 240) -> EssayDataset:
    """Return essays of eight grades on six prompts, a tenth of them copies of earlier ones."""
    rng = np.random.default_rng(7)
    dataset = dated_essays(rng.integers(0, 8, size=n).tolist())
    texts = list(dataset.texts)
    for copy in rng.choice(np.arange(n // 2, n), size=n // 10, replace=False):
        # On the same prompt, so that prompts stay apart; with other white space, as pasted.
        original = int(copy) % 6 + 6 * int(rng.integers(0, n // 12))
        texts[int(copy)] = f"  {texts[original].replace(' ', '  ')}\n"
    return replace(dataset, texts=tuple(texts))


def parts_by_id(split: Split, dataset: EssayDataset) -> dict[str, str]:
    """Return id → name of the part it is in."""
    return {
        dataset.essay_ids[row]: name
        for name in ("train", "validation", "test")
        for row in getattr(split, name)
    }


def assert_sound(split: Split, dataset: EssayDataset) -> None:
    """Assert that every essay is in one part, copies are together, and no part is empty."""
    parts: list[NDArray[np.int64]] = [split.train, split.validation, split.test]
    assert list(range(len(dataset))) == sorted(np.concatenate(parts).tolist())
    assert all(len(part) > 0 for part in parts)
    assert all(np.array_equal(part, np.sort(part)) for part in parts)
    identities = dataset.text_identities()
    texts = [{identities[row] for row in part} for part in parts]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert not texts[1] & texts[2]


class SplitterSuite:
    """What every splitter does. Override :meth:`make_splitter`."""

    @pytest.fixture
    def make_splitter(self) -> MakeSplitter:
        """Return a function that makes the splitter of given settings."""
        raise NotImplementedError

    @pytest.mark.parametrize("seed", [0, 1, -3])
    def test_divides_every_essay_once(self, make_splitter: MakeSplitter, seed: int) -> None:
        """Parts are disjoint, complete and not empty, and copies of a text are together."""
        dataset = essays_with_copies()
        split = make_splitter(SplitSettings(seed=seed)).split(dataset)
        assert_sound(split, dataset)
        assert seed == split.seed

    def test_parts_have_the_sizes_asked_for(self, make_splitter: MakeSplitter) -> None:
        """Sizes are those of the settings, as nearly as whole units allow."""
        dataset = essays_with_copies()
        settings = SplitSettings(validation_fraction=0.25, test_fraction=0.25)
        split = make_splitter(settings).split(dataset)
        sizes = np.array([len(split.train), len(split.validation), len(split.test)])
        assert np.abs(sizes / len(dataset) - [0.5, 0.25, 0.25]).max() < 0.1

    def test_same_inputs_same_split(self, make_splitter: MakeSplitter) -> None:
        """Splits depend on data, settings and seed, not on what was split before."""
        dataset = essays_with_copies()
        splitter = make_splitter(SplitSettings(seed=5))
        first = splitter.split(dataset)
        splitter.folds(dataset, 3)
        assert first.digest == splitter.split(dataset).digest
        assert first.digest == make_splitter(SplitSettings(seed=5)).split(dataset).digest

    def test_order_of_rows_does_not_matter(self, make_splitter: MakeSplitter) -> None:
        """An essay's part follows from the essays, not from their order."""
        dataset = essays_with_copies()
        shuffled = dataset.take(np.random.default_rng(3).permutation(len(dataset)))
        splitter = make_splitter(SplitSettings())
        one, other = splitter.split(dataset), splitter.split(shuffled)
        assert parts_by_id(one, dataset) == parts_by_id(other, shuffled)
        for fold, same in zip(splitter.folds(dataset, 3), splitter.folds(shuffled, 3), strict=True):
            assert parts_by_id(fold, dataset) == parts_by_id(same, shuffled)

    @pytest.mark.parametrize("n_folds", [2, 3, 5])
    def test_folds_test_every_essay_once(self, make_splitter: MakeSplitter, n_folds: int) -> None:
        """Every fold is a sound split, and the test parts make up the data set."""
        dataset = essays_with_copies()
        folds = make_splitter(SplitSettings()).folds(dataset, n_folds)
        assert n_folds == len(folds)
        for fold in folds:
            assert_sound(fold, dataset)
        tested = np.concatenate([fold.test for fold in folds])
        assert list(range(len(dataset))) == sorted(tested.tolist())

    def test_one_grade_is_no_data_set(self, make_splitter: MakeSplitter) -> None:
        """Essays of a single grade are refused, with the grade and its count."""
        splitter = make_splitter(SplitSettings())
        dataset = dated_essays([2] * 30)
        with pytest.raises(TooFewGradesError) as caught:
            splitter.split(dataset)
        assert {"D": 30} == caught.value.counts
        with pytest.raises(TooFewGradesError):
            splitter.folds(dataset, 3)

    def test_two_texts_cannot_fill_three_parts(self, make_splitter: MakeSplitter) -> None:
        """Copies do not make up for texts that are not there."""
        dataset = dated_essays([0, 1] * 10, n_prompts=1)
        copied = replace(dataset, texts=("one text", "another") * 10)
        with pytest.raises(TooFewEssaysError) as caught:
            make_splitter(SplitSettings()).split(copied)
        assert 3 == caught.value.needed
        assert caught.value.found < 3

    def test_more_folds_than_units_are_refused(self, make_splitter: MakeSplitter) -> None:
        """There must be a unit to test in every fold."""
        dataset = dated_essays([0, 1, 2, 3] * 2, n_prompts=8)
        with pytest.raises(TooFewEssaysError) as caught:
            make_splitter(SplitSettings()).folds(dataset, 9)
        assert (8, 9) == (caught.value.found, caught.value.needed)
