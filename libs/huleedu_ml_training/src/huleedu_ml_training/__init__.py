"""Train, judge, ship and govern models that grade essays.

Services that only score import :mod:`huleedu_ml_training.inference`; everything else is assembled
by :func:`huleedu_ml_training.container.create_container`. Importing this package configures
nothing: no logging, no signal handlers, no metrics registry.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("huleedu-ml-training")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
