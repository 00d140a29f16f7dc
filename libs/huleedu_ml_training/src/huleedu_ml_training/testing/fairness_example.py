"""Twenty essays of three groups, made up, of which reference values are known."""

HUMAN = (0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 2, 3, 4, 1, 5)
"""Human grade indices on a scale of eight grades."""

MACHINE = (
    *(0.6, 1.2, 1.9, 1.7, 2.6, 2.9, 3.4, 2.4, 3.6, 4.5),
    *(4.4, 5.2, 5.1, 6.3, 6.2, 2.2, 3.9, 3.1, 1.1, 4.9),
)
"""Expected grades of a machine."""

GROUPS = tuple("abacababcabacabcaabc")
"""The group of each essay."""
