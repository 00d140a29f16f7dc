"""The best configuration of a study, as YAML that ``train --config`` takes."""

import yaml

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import portable
from huleedu_ml_training.training.results import TuningResult


def tuned_yaml(settings: Settings, result: TuningResult) -> str:
    """Return the settings of the search with the best trial's hyperparameters in place."""
    tree = portable(settings)
    tree["model"]["booster"].update(result.best_parameters)
    head = (
        f"# Best of {result.n_finished} trials of study {result.study_name}:\n"
        f"# out-of-fold {result.objective} {result.best_value:.4f}, "
        f"configured hyperparameters {result.default_value:.4f}\n"
    )
    return head + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
