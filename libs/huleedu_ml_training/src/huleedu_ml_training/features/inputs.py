"""The essays of a data set as the feature pipeline takes them."""

from huleedu_essay_features import EssayInput

from huleedu_ml_training.domain.dataset import EssayDataset


def essay_inputs(dataset: EssayDataset) -> list[EssayInput]:
    """Return one input per essay, in row order."""
    return [
        EssayInput(text, dataset.prompt_texts[row], dataset.languages[row])
        for row, text in enumerate(dataset.texts)
    ]
