"""``python -m huleedu_ml_training``: the same as the console script."""

from huleedu_ml_training.cli.app import main

if __name__ == "__main__":
    main()
