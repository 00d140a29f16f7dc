"""Mistakes by a LanguageTool server, over HTTP.

The server runs beside the program; see ``docs/how-to/languagetool.md``. The parts: ``checker`` is
what the pipeline uses, ``client`` speaks HTTP and bears with failures, ``answers`` reads what the
server says, ``cache`` keeps it, ``categories`` translates it.
"""

from huleedu_essay_features.checking.languagetool.checker import LanguageToolChecker
from huleedu_essay_features.checking.languagetool.factory import create_languagetool_checker
from huleedu_essay_features.checking.languagetool.settings import (
    LanguageToolConnection,
    LanguageToolOptions,
)

__all__ = [
    "LanguageToolChecker",
    "LanguageToolConnection",
    "LanguageToolOptions",
    "create_languagetool_checker",
]
