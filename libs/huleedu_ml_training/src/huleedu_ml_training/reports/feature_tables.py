"""Tables of what features do to scores."""

from collections.abc import Sequence

from huleedu_ml_training.reports.influence import FeatureInfluence
from huleedu_ml_training.reports.tables import Cell, Column, Table, columns, count, percent

MAX_FEATURES = 20
"""Single features in chart and table."""

_NO_DIRECTION = 0.3
"""A weaker correlation of value and effect than this is no clear direction."""


def influence_table(influence: FeatureInfluence) -> Table:
    """Return the strongest single features, and which way they work."""
    most = max((each.effect for each in influence.features), default=0.0)
    rows = tuple(
        (
            Cell(each.name.replace("_", " ")),
            Cell(each.group, tone="muted"),
            percent(each.effect / most if most else 0.0),
            Cell(_direction(each.direction)),
        )
        for each in influence.features[:MAX_FEATURES]
    )
    heads = (
        Column("feature"),
        Column("group", is_choice=True),
        Column("effect", is_number=True),
        Column("more of it"),
    )
    caption = (
        f"Single features with the strongest effect on scores, over {influence.n} essays; the "
        "effect is in per cent of the strongest one's"
    )
    return Table(caption, heads, rows, is_interactive=True)


def feature_group_table(influence: FeatureInfluence) -> Table:
    """Return what each group of features does to scores."""
    rows = tuple(
        (Cell(each.name), count(each.n_features), percent(each.share, 1))
        for each in influence.groups
    )
    caption = "Groups of features by what they do to scores"
    return Table(caption, columns("group", numbers=("features", "share")), rows)


def gain_table(features: Sequence[tuple[str, float]]) -> Table:
    """Return the features that brought most while the trees learnt.

    Args:
        features: Names and shares of the total gain, greatest first.
    """
    rows = tuple((Cell(name.replace("_", " ")), percent(share, 1)) for name, share in features)
    return Table("Features by share of the total gain", columns("feature", numbers=("gain",)), rows)


def _direction(correlation: float) -> str:
    if correlation > _NO_DIRECTION:
        return "raises"
    return "lowers" if correlation < -_NO_DIRECTION else "does both"
