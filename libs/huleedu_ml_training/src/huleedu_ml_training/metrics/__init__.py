"""How good a grader is: agreement, calibration, uncertainty, comparison.

Every figure is a :class:`~huleedu_ml_training.metrics.values.MetricValue`: a value with an
interval, or NaN with the reason why it is undefined.
"""
