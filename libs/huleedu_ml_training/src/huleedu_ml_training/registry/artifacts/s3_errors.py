"""What can go wrong with an S3 store, and the translation of its client's exceptions."""

from collections.abc import Iterator
from contextlib import contextmanager

from huleedu_ml_training.domain.errors import InfrastructureError, UsageError

_CREDENTIALS = (
    "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role"
)
_DENIED = {
    "403",
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
}
_PASSING = {
    "500",
    "502",
    "503",
    "504",
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "TooManyRequests",
}


class S3NotInstalledError(UsageError):
    """The settings name an S3 store, and its client is not installed."""

    code = "s3-not-installed"

    @property
    def what(self) -> str:
        """Name the setting and what is missing."""
        return "registry.artifacts.url names an S3 store, and botocore is not installed"

    @property
    def why(self) -> str:
        """Say why it is not."""
        return "it is optional, so that those who do not use it need not download it"

    @property
    def remedy(self) -> str:
        """Give the command, and the other way out."""
        return 'pip install "huleedu-ml-training[s3]", or unset registry.artifacts.url'


class ObjectStoreError(InfrastructureError):
    """An S3 store did not do what it was asked.

    Attributes:
        doing: What was asked.
        place: Bucket and key, without credentials.
        problem: What store or client said.
    """

    code = "object-store"

    def __init__(self, *, doing: str, place: str, problem: str) -> None:
        super().__init__()
        self.doing = doing
        self.place = place
        self.problem = problem

    @property
    def what(self) -> str:
        """Name operation and place."""
        return f"cannot {self.doing} {self.place}"

    @property
    def why(self) -> str:
        """Give the store's own words, harmless."""
        return "".join(each if each.isprintable() else "?" for each in self.problem[:500])

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "check registry.artifacts, this machine's clock, and the store's own logs"


class ObjectStoreCredentialsError(ObjectStoreError):
    """No credentials were found where the AWS tools look for them."""

    code = "object-store-credentials"

    @property
    def remedy(self) -> str:
        """Say where they are looked for."""
        return f"{_CREDENTIALS}; they are never read from our settings"


class ObjectStoreAccessError(ObjectStoreError):
    """The store knows the credentials and refuses, or does not know them."""

    code = "object-store-access"

    @property
    def remedy(self) -> str:
        """Say what is needed."""
        return (
            "grant the permissions that docs/operations/artifact-stores.md lists, or use other "
            f"credentials: {_CREDENTIALS}"
        )


class ObjectStoreBucketError(ObjectStoreError):
    """The bucket is not there, or in another region."""

    code = "object-store-bucket"

    @property
    def remedy(self) -> str:
        """Say what to check; a bucket is not made unasked."""
        return (
            "make the bucket, or correct registry.artifacts.url, registry.artifacts.region and "
            "registry.artifacts.endpoint_url"
        )


class ObjectStoreUnavailableError(ObjectStoreError):
    """The store did not answer, broke off, or asked to wait, each time it was asked."""

    code = "object-store-unavailable"

    @property
    def remedy(self) -> str:
        """Say that it may pass, and what to look at."""
        return (
            "run it again; if it stays so, check network and registry.artifacts.endpoint_url, or "
            "raise registry.artifacts.timeout_s and registry.artifacts.attempts"
        )


class ObjectStoreOverwritesError(ObjectStoreError):
    """The store replaces objects that it was told not to replace."""

    code = "object-store-overwrites"

    @property
    def remedy(self) -> str:
        """Say what is needed."""
        return (
            "use a store, or a release of it, that heeds If-None-Match when an upload in parts is "
            "finished; with this one, two writers of one name could mix"
        )


@contextmanager
def translated(doing: str, place: str) -> Iterator[None]:
    """Turn what the client raises into our errors.

    Raises:
        ObjectStoreError: The subclass says what went wrong.
    """
    from botocore import exceptions  # noqa: PLC0415 - of an extra

    try:
        yield
    except exceptions.ClientError as error:
        raise _of_answer(error, doing, place) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.ProfileNotFound,
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
    ) as error:
        raise ObjectStoreCredentialsError(doing=doing, place=place, problem=str(error)) from error
    except (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
    ) as error:
        raise ObjectStoreUnavailableError(doing=doing, place=place, problem=str(error)) from error
    except exceptions.BotoCoreError as error:
        raise ObjectStoreError(doing=doing, place=place, problem=str(error)) from error


def answer_code(error: Exception) -> str:
    """Return the code of a store's refusal, e.g. ``NoSuchKey``; of a HEAD it is the status."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _of_answer(error: Exception, doing: str, place: str) -> ObjectStoreError:
    code = answer_code(error)
    status = str(getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode"))
    kind = ObjectStoreError
    if code in {"NoSuchBucket", "PermanentRedirect", "301", "AuthorizationHeaderMalformed"}:
        kind = ObjectStoreBucketError
    elif code in _DENIED or status == "403":
        kind = ObjectStoreAccessError
    elif code in _PASSING or status in _PASSING:
        kind = ObjectStoreUnavailableError
    return kind(doing=doing, place=place, problem=str(error))
