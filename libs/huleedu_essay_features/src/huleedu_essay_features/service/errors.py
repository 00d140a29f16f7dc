"""What can go wrong with a feature service, on either side of the line."""

from huleedu_essay_features.errors import EssayFeaturesError


class MissingServiceExtraError(EssayFeaturesError):
    """A package that the server or the client needs is not installed.

    Attributes:
        extra: ``service`` or ``remote``.
        package: The module that is missing.
    """

    code = "missing-service-extra"

    def __init__(self, *, extra: str, package: str) -> None:
        super().__init__()
        self.extra = extra
        self.package = package

    @property
    def what(self) -> str:
        """Name the side."""
        side = "server" if self.extra == "service" else "client"
        return f"the {side} of the feature service is not installed"

    @property
    def why(self) -> str:
        """Name the package."""
        return f"the package {self.package} is missing; it belongs to the extra {self.extra!r}"

    @property
    def remedy(self) -> str:
        """Give the command."""
        return f'python -m pip install "huleedu-essay-features[{self.extra}]"'


class CannotListenError(EssayFeaturesError):
    """The server cannot have its address.

    Attributes:
        host: Address.
        port: Port.
        reason: What the operating system says.
    """

    code = "cannot-listen"

    def __init__(self, *, host: str, port: int, reason: str) -> None:
        super().__init__()
        self.host = host
        self.port = port
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the address."""
        return f"the feature service cannot listen on {self.host} port {self.port}"

    @property
    def why(self) -> str:
        """Quote the operating system."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Name the options."""
        return "choose another --port (0 for any that is free) or --host"


class InvalidServiceUrlError(EssayFeaturesError):
    """A URL is not one that a feature service can have. It is not shown: it may hold a password.

    Attributes:
        reason: What is wrong with it.
    """

    code = "invalid-service-url"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say which URL is meant."""
        return "the URL of the feature service cannot be used"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Show the form."""
        return "write it as in https://features.example.org, and give an API key apart from it"


class ServiceError(EssayFeaturesError):
    """Something went wrong between a client and a feature service.

    Attributes:
        url: Of the service.
        reason: What went wrong, on one line.
        correlation_id: Under which the service's log says more; None before there was one.
    """

    code = "feature-service"

    def __init__(self, *, url: str, reason: str, correlation_id: str | None = None) -> None:
        super().__init__()
        self.url = url
        self.reason = reason
        self.correlation_id = correlation_id

    @property
    def why(self) -> str:
        """Give the reason, and the correlation id for the service's log."""
        if self.correlation_id is None:
            return self.reason
        return f"{self.reason} (correlation id {self.correlation_id})"


class ServiceUnavailableError(ServiceError):
    """A feature service does not answer, or went on being busy or unreachable."""

    code = "service-unavailable"

    @property
    def what(self) -> str:
        """Name the service."""
        return f"the feature service at {self.url} does not answer"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check that it runs and can be reached (its /healthz says how it is); then try again"


class ServiceAccessError(ServiceError):
    """A feature service did not accept the API key, or wants one."""

    code = "service-access"

    @property
    def what(self) -> str:
        """Name the service."""
        return f"the feature service at {self.url} refused access"

    @property
    def remedy(self) -> str:
        """Say where the key is set."""
        return "set the API key that the service was started with"


class ServiceSchemaError(ServiceError):
    """A feature service computes other features than this client relies on."""

    code = "service-schema"

    @property
    def what(self) -> str:
        """Name the service."""
        return f"the features of the service at {self.url} are not the expected ones"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "install the same version on both sides, and start this program again"


class ServiceRefusedError(ServiceError):
    """A feature service refused a request."""

    code = "service-refused"

    @property
    def what(self) -> str:
        """Name the service."""
        return f"the feature service at {self.url} refused a request"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "install the same version on both sides, and start this program again"


class ServiceAnswerError(ServiceError):
    """What came is not an answer of a feature service; nothing of it was used."""

    code = "service-answer"

    @property
    def what(self) -> str:
        """Name the service."""
        return f"what answered at {self.url} did not answer like a feature service"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check the URL, and whatever stands between; the service's own /livez tells"


class EssayTooLargeError(EssayFeaturesError):
    """An essay is larger than a feature service takes.

    Attributes:
        index: Zero-based position of the essay in the call.
        size: Bytes.
        limit: Bytes that the service takes.
    """

    code = "essay-too-large"

    def __init__(self, *, index: int, size: int, limit: int) -> None:
        super().__init__()
        self.index = index
        self.size = size
        self.limit = limit

    @property
    def what(self) -> str:
        """Name the essay and the sizes."""
        return (
            f"essay {self.index} of the call (from 0) has {self.size} bytes, "
            f"the feature service takes at most {self.limit}"
        )

    @property
    def remedy(self) -> str:
        """Say where the limit is set."""
        return "check that it is one essay; else start the service with larger limits"
