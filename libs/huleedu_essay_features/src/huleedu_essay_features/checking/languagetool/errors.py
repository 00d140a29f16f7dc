"""What can go wrong between a checker and its LanguageTool server.

Addresses in these errors carry no credentials.
"""

from pathlib import Path

from huleedu_essay_features.errors import EssayFeaturesError


class HttpxNotInstalledError(EssayFeaturesError, ImportError):
    """The package that speaks HTTP is an extra, and is not installed."""

    code = "httpx-not-installed"

    @property
    def what(self) -> str:
        """Name the package."""
        return "the LanguageTool client needs the package httpx, which is not installed"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return 'pip install "huleedu-essay-features[remote]"'


class InvalidLanguageToolSettingError(EssayFeaturesError):
    """An address, option or limit of the LanguageTool client is impossible.

    Attributes:
        setting: Its name.
        reason: What is wrong with it.
    """

    code = "invalid-languagetool-setting"

    def __init__(self, *, setting: str, reason: str) -> None:
        super().__init__()
        self.setting = setting
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the setting."""
        return f"the LanguageTool setting {self.setting} cannot be used"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return f"correct {self.setting}"


class LanguageServerError(EssayFeaturesError):
    """Root of what goes wrong with a server.

    Attributes:
        url: Its address, credentials masked.
        reason: Why, on one line; the server's own words where it gave any.
    """

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__()
        self.url = url
        self.reason = reason

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason


class LanguageServerUnavailableError(LanguageServerError):
    """The server did not answer, or was too busy, as often as it was asked.

    Attributes:
        attempts: How many requests were sent in vain; 0 where the server was being left alone.
    """

    code = "language-server-unavailable"

    def __init__(self, *, url: str, attempts: int, reason: str) -> None:
        super().__init__(url=url, reason=reason)
        self.attempts = attempts

    @property
    def what(self) -> str:
        """Name the server and the attempts."""
        times = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"the LanguageTool server at {self.url} gave no answer ({times})"

    @property
    def remedy(self) -> str:
        """Say how to see whether it runs."""
        return (
            f"start the server, or correct its address (curl {self.url}/v2/languages answers if it "
            "runs), then run the same again; without a server, use the local checker"
        )


class LanguageServerRefusedError(LanguageServerError):
    """The server understood that it was asked, and said no.

    Attributes:
        status: Status code of HTTP.
    """

    code = "language-server-refused"

    def __init__(self, *, url: str, status: int, reason: str) -> None:
        super().__init__(url=url, reason=reason)
        self.status = status

    @property
    def what(self) -> str:
        """Name the server and the status."""
        return f"the LanguageTool server at {self.url} refused the request, status {self.status}"

    @property
    def remedy(self) -> str:
        """Say where to look."""
        return {
            401: "give user and password in the server's address",
            403: "give user and password in the server's address, or have the server let you in",
            404: "correct the address: it is what stands before /v2/check",
        }.get(self.status, "correct what it names in the options or in the server's configuration")


class LanguageServerAnswerError(LanguageServerError):
    """What came back is not an answer of LanguageTool."""

    code = "language-server-answer"

    @property
    def what(self) -> str:
        """Name the server."""
        return f"the answer of the server at {self.url} cannot be used"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "see that LanguageTool itself answers at that address, in a version from 3.4 on"


class LanguageServerIncompleteError(LanguageServerError):
    """The server checked a part of a text only, and said so."""

    code = "language-server-incomplete"

    @property
    def what(self) -> str:
        """Name the server."""
        return f"the LanguageTool server at {self.url} checked a part of the text only"

    @property
    def remedy(self) -> str:
        """Name the usual setting."""
        return "raise maxCheckTimeMillis in the server's configuration"


class LanguageServerChangedError(LanguageServerError):
    """The server is another version than when the checker was made.

    Attributes:
        expected: Version when the checker was made.
        got: Version now.
    """

    code = "language-server-changed"

    def __init__(self, *, url: str, expected: str, got: str) -> None:
        reason = "two versions do not find the same mistakes, so their features must not be mixed"
        super().__init__(url=url, reason=reason)
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Give both versions."""
        return f"the server at {self.url} is now {self.got}, and was {self.expected}"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "start the program again, so that features get the schema of the new version"


class AnswerCacheError(EssayFeaturesError):
    """The file that keeps answers of LanguageTool cannot be used.

    Attributes:
        path: The file.
        reason: What is wrong, on one line.
    """

    code = "answer-cache"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the file."""
        return f"the cache of LanguageTool answers {self.path} cannot be used"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what can be done without loss."""
        return "name another path, or delete the file if it is the cache: it is filled anew"
