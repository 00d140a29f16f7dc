"""What features do to scores: measured on a model whose workings are known."""

import math

import numpy as np
import pytest

from huleedu_essay_features import FeatureSchema
from huleedu_essay_features.schema import FeatureDefinition
from huleedu_ml_training.models.attribution import attribute
from huleedu_ml_training.models.ridge import RidgeTrainer
from huleedu_ml_training.reports.influence import FeatureInfluence
from huleedu_ml_training.testing.simulation import SimulatedEssays, simulate_essays
from huleedu_ml_training.training.influence import MAX_ESSAYS, measure_influence

GROUPS = ("errors", "errors", "lexical", "lexical", "task", "task", "embedding", "embedding")
SCHEMA = FeatureSchema(
    tuple(
        FeatureDefinition(f"trait_{number}", group, "count", "A number.")
        for number, group in enumerate(GROUPS)
    )
)


@pytest.fixture(scope="module")
def essays() -> SimulatedEssays:
    simulated = simulate_essays(600, 5, n_features=len(GROUPS), seed=3)
    simulated.X[:, 1] *= -1  # more of it is worse
    return simulated


@pytest.fixture(scope="module")
def classifier(essays: SimulatedEssays):
    train, held = essays.part(0, 400), essays.part(400, 600)
    return RidgeTrainer().fit(train.X, train.y, n_grades=5, stopping=(held.X, held.y), seed=0)


def test_features_that_carry_the_grade_come_first(classifier, essays) -> None:
    found = measure_influence(classifier, essays.X[:200], SCHEMA, seed=0)
    assert {"trait_0", "trait_1", "trait_2", "trait_3"} == {
        each.name for each in found.features[:4]
    }
    assert 200 == found.n


def test_directions_say_which_way_more_of_a_feature_works(classifier, essays) -> None:
    found = measure_influence(classifier, essays.X[:200], SCHEMA, seed=0)
    direction = {each.name: each.direction for each in found.features}
    assert direction["trait_0"] == pytest.approx(1)
    assert direction["trait_1"] == pytest.approx(-1)


def test_a_group_is_judged_by_the_sum_of_its_features(classifier, essays) -> None:
    X = essays.X[:200]
    found = measure_influence(classifier, X, SCHEMA, seed=0)
    parts = attribute(classifier, X).parts
    lexical = next(each for each in found.groups if each.name == "lexical")
    assert lexical.effect == pytest.approx(np.abs(parts[:, 2] + parts[:, 3]).mean())
    assert 2 == lexical.n_features
    assert sum(each.share for each in found.groups) == pytest.approx(1)
    assert [each.effect for each in found.groups] == sorted(
        (each.effect for each in found.groups), reverse=True
    )


def test_an_embedding_is_a_group_and_no_list_of_features(classifier, essays) -> None:
    found = measure_influence(classifier, essays.X[:50], SCHEMA, seed=0)
    assert "embedding" in {each.name for each in found.groups}
    assert "embedding" not in {each.group for each in found.features}


def test_missing_values_and_constants_have_no_direction(classifier, essays) -> None:
    X = essays.X[:50].copy()
    X[:, 0] = np.nan
    X[:, 2] = 1
    X[:10, 1] = np.nan
    direction = {
        each.name: each.direction
        for each in measure_influence(classifier, X, SCHEMA, seed=0).features
    }
    assert math.isnan(direction["trait_0"])
    assert math.isnan(direction["trait_2"])
    assert direction["trait_1"] == pytest.approx(-1)


def test_many_essays_are_sampled_by_the_seed(classifier, essays) -> None:
    first, again, other = (
        measure_influence(classifier, essays.X, SCHEMA, seed=seed) for seed in (0, 0, 1)
    )
    assert MAX_ESSAYS == first.n
    assert first == again != other


def test_it_survives_storage(classifier, essays) -> None:
    X = essays.X[:50].copy()
    X[:, 0] = np.nan
    found = measure_influence(classifier, X, SCHEMA, seed=0)
    stored = {each["name"]: each["direction"] for each in found.to_dict()["features"]}
    assert None is stored["trait_0"]
    assert found.to_dict() == FeatureInfluence.from_dict(found.to_dict()).to_dict()
