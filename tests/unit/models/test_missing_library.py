import sys

import pytest

from huleedu_ml_training.config import ModelSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.models.errors import BoosterNotInstalledError


@pytest.mark.parametrize("kind", ["cumulative_binary", "joint_threshold"])
def test_without_xgboost_the_error_says_how_to_get_it(monkeypatch, kind):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(BoosterNotInstalledError, match="xgboost is not installed") as caught:
        create_trainer(ModelSettings(kind=kind, backend="xgboost"), threads=1)
    assert ExitCode.USAGE == caught.value.exit_code
    assert "huleedu-ml-training[xgboost]" in caught.value.remedy
