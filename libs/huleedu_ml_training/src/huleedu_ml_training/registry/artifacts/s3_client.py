"""The client of S3: botocore, an extra of the package."""

from typing import Any

from huleedu_ml_training.config import ArtifactSettings
from huleedu_ml_training.registry.artifacts.s3_errors import S3NotInstalledError

_CONNECT_TIMEOUT_S = 10.0


def connect(settings: ArtifactSettings) -> Any:
    """Return a client with the patience of the settings; nothing is asked yet.

    Credentials are found where the AWS tools find them.
    """
    from botocore.config import Config  # noqa: PLC0415 - of an extra
    from botocore.session import get_session  # noqa: PLC0415

    config = Config(
        connect_timeout=min(_CONNECT_TIMEOUT_S, settings.timeout_s),
        read_timeout=settings.timeout_s,
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        # Stores that are not AWS's know the checksums that we send, and not the client's own.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
    )
    return get_session().create_client(
        "s3", region_name=settings.region, endpoint_url=settings.endpoint_url, config=config
    )


def require_client() -> None:
    """Check that the client of S3 is installed.

    Raises:
        S3NotInstalledError: It is not.
    """
    try:
        import botocore  # noqa: F401, PLC0415 - of an extra
    except ImportError:
        raise S3NotInstalledError from None
