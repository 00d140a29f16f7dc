"""A synthetic corpus of graded essays, for those who have no essays to give away."""

from huleedu_ml_training.data.demo_corpus.corpus import SOURCE, generate_demo_corpus

__all__ = ["SOURCE", "generate_demo_corpus"]
