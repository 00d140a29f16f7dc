import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.lightgbm_trees import add_lightgbm_trees, effective_threshold
from huleedu_ml_training.export.trees import TreeTable, float32_floor
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBooster
from huleedu_ml_training.testing.simulation import simulate_essays

doubles = st.floats(allow_nan=False, allow_infinity=False)
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)

PLAIN = {
    "objective": "binary",
    "num_leaves": 6,
    "min_data_in_leaf": 5,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
}


@given(doubles, singles)
def test_a_floored_threshold_splits_float32_alike(threshold, x):
    floor = float32_floor(threshold)
    assert float(np.float32(floor)) == floor
    assert (x <= threshold) == (x <= floor)


@given(singles)
def test_a_threshold_between_neighbours_stays_between_them(x):
    with np.errstate(over="ignore"):
        above = float(np.nextafter(np.float32(x), np.float32(np.inf)))
    middle = x + (above - x) / 2 if np.isfinite(above) else x
    assert x == float32_floor(middle)


def lightgbm_goes_left(x, threshold):
    """LightGBM's rule: what is not beyond 1e-35 counts as zero."""
    zero_band = float(np.float32(1e-35))
    return (x if abs(x) > zero_band else 0.0) <= threshold


@given(singles, doubles)
@example(float(np.float32(-1e-35)), float(np.float32(-1e-35)))
@example(float(np.float32(1e-35)), float(np.float32(1e-35)))
@example(1e-40, 0.0)
@example(-1e-40, -1e-41)
@example(1e-36, 1e-37)
def test_an_effective_threshold_knows_the_band_of_zero(x, threshold):
    assert lightgbm_goes_left(x, threshold) == (x <= effective_threshold(threshold))


def train(**parameters):
    essays = simulate_essays(200, 2, n_features=4, seed=1)
    X = essays.X.copy()
    X[:, 0] = np.round(X[:, 0])
    data = lgb.Dataset(
        X,
        essays.y.astype(float),
        params={**PLAIN, **parameters},
        categorical_feature=parameters.pop("categories", "auto"),
    )
    booster = lgb.train({**PLAIN, **parameters}, data, 5)
    return LightGBMBooster(booster.model_to_string())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("setting", "parameters"),
    [
        ("boosting=rf", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}),
        ("linear_tree", {"linear_tree": True}),
        ("zero_as_missing", {"zero_as_missing": True}),
        ("categorical_feature", {"categories": [0], "min_data_per_group": 1, "cat_smooth": 0}),
    ],
)
def test_settings_that_would_convert_wrongly_are_refused_by_name(setting, parameters):
    with pytest.raises(UnsupportedExportError, match=f"LightGBM {setting} cannot be exported"):
        add_lightgbm_trees(TreeTable(), 0, train(**parameters))


def test_several_trees_a_round_are_refused():
    essays = simulate_essays(200, 3, n_features=4)
    parameters = {**PLAIN, "objective": "multiclass", "num_class": 3}
    booster = lgb.train(parameters, lgb.Dataset(essays.X, essays.y, params=parameters), 3)
    with pytest.raises(UnsupportedExportError, match="num_class"):
        add_lightgbm_trees(TreeTable(), 0, LightGBMBooster(booster.model_to_string()))
