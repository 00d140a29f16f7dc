"""Grading essays with a bundle; what other services import.

Needs numpy, onnxruntime and huleedu_essay_features; nothing of training is imported::

    from huleedu_ml_training.inference import EssayScorer

    scorer = EssayScorer.load("models/model_20250101_120000")
    score = scorer.score_texts(["My essay …"])[0]
    print(score.grade, score.confidence)
"""

from huleedu_ml_training.inference.scorer import EssayScore, EssayScorer

__all__ = ["EssayScore", "EssayScorer"]
