"""Selecting from essays that are in memory, by the rules of selecting from a table."""

import numpy as np

from huleedu_ml_training.domain.dataset import EssayDataset, EssaySelection
from huleedu_ml_training.domain.text_identity import count_words


def select_essays(dataset: EssayDataset, selection: EssaySelection) -> EssayDataset:
    """Return the essays that are meant, in order of id; features, if there are any, included."""
    rows = [row for row in range(len(dataset)) if _meets(dataset, row, selection)]
    rows.sort(key=dataset.essay_ids.__getitem__)
    return dataset.take(np.asarray(rows[: selection.limit], dtype=np.int64))


def _meets(dataset: EssayDataset, row: int, selection: EssaySelection) -> bool:
    time, prompt = dataset.created_at[row], dataset.prompts[row]
    n_words = count_words(dataset.texts[row])
    return (
        (selection.since is None or (time is not None and time >= selection.since))
        and (selection.until is None or (time is not None and time < selection.until))
        and (not selection.prompts or prompt in selection.prompts)
        and prompt not in selection.exclude_prompts
        and (not selection.languages or dataset.languages[row] in selection.languages)
        and (not selection.sources or dataset.sources[row] in selection.sources)
        and n_words >= selection.min_words
        and (selection.max_words is None or n_words <= selection.max_words)
    )
