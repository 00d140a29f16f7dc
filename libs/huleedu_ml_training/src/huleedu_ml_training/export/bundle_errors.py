"""What can be wrong with a bundle: a class for each defect, so that programs can tell."""

from collections.abc import Sequence

from huleedu_ml_training.domain.errors import InvalidDataError

_RESTORE = "fetch the bundle again from where it was made; do not repair it by hand"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(ascii(name[:80]).strip("'") for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown


class BundleError(InvalidDataError):
    """A bundle cannot be trusted or understood. Root of the defects below."""

    code = "bundle"

    @property
    def remedy(self) -> str:
        """Say where a sound copy comes from."""
        return _RESTORE


class MissingBundleFileError(BundleError):
    """Files that every bundle has, or that the manifest lists, are absent."""

    code = "missing-bundle-file"

    def __init__(self, *, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    @property
    def what(self) -> str:
        """Name the files."""
        return f"the bundle lacks {_listed(self.names)}"

    @property
    def why(self) -> str:
        """Name the usual cause."""
        return "it was copied in part, or the directory is no bundle"


class UnknownBundleFileError(BundleError):
    """Files are present whose names no bundle may contain."""

    code = "unknown-bundle-file"

    def __init__(self, *, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    @property
    def what(self) -> str:
        """Name the files."""
        shown = _listed(self.names)
        return f"the bundle contains files that do not belong in one: {shown}"

    @property
    def why(self) -> str:
        """Say who decides."""
        return "this library reads a fixed list of file names and nothing else"

    @property
    def remedy(self) -> str:
        """Say what to do with them."""
        return "move them out of the directory, or use a bundle made by this library"


class UnlistedBundleFileError(BundleError):
    """Files are present that the manifest does not mention."""

    code = "unlisted-bundle-file"

    def __init__(self, *, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)

    @property
    def what(self) -> str:
        """Name the files."""
        return f"the bundle contains files that its manifest does not list: {_listed(self.names)}"

    @property
    def why(self) -> str:
        """Name the usual cause."""
        return "they were added after the bundle was made"


class TamperedBundleFileError(BundleError):
    """A file's bytes are not those that the manifest was made of."""

    code = "tampered-bundle-file"

    def __init__(self, *, name: str, expected: str, actual: str) -> None:
        super().__init__()
        self.name = name
        self.expected = expected
        self.actual = actual

    @property
    def what(self) -> str:
        """Name the file."""
        return f"{self.name} is not the file that the bundle was made with"

    @property
    def why(self) -> str:
        """Show what was compared."""
        return f"the manifest says {self.expected}, the file has {self.actual}"


class BundleFileTooLargeError(BundleError):
    """A file, or all of them together, is larger than a bundle may be."""

    code = "bundle-file-too-large"

    def __init__(self, *, name: str, size: int, limit: int) -> None:
        super().__init__()
        self.name = name
        self.size = size
        self.limit = limit

    @property
    def what(self) -> str:
        """Name the file and both sizes."""
        return f"{self.name} has {self.size} bytes; at most {self.limit} are read"


class InvalidManifestError(BundleError):
    """``manifest.json`` is truncated, malformed, or says something impossible."""

    code = "invalid-manifest"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Name the problem."""
        return f"manifest.json cannot be read: {self.problem}"


class UnsupportedBundleVersionError(BundleError):
    """The bundle is of a format that this release does not read."""

    code = "unsupported-bundle-version"

    def __init__(self, *, found: object, supported: int) -> None:
        super().__init__()
        self.found = found
        self.supported = supported

    @property
    def what(self) -> str:
        """Name both versions."""
        return f"the bundle has format version {self.found!r}; this release reads {self.supported}"

    @property
    def remedy(self) -> str:
        """Say which side to change."""
        return "upgrade huleedu-ml-training where the bundle is read, or export the model again"


class InvalidBundleDocumentError(BundleError):
    """A JSON document of the bundle is truncated or malformed, though its digest is right."""

    code = "invalid-bundle-document"

    def __init__(self, *, name: str, problem: str) -> None:
        super().__init__()
        self.name = name
        self.problem = problem

    @property
    def what(self) -> str:
        """Name file and problem."""
        return f"{self.name} cannot be read: {self.problem}"

    @property
    def why(self) -> str:
        """Tell it from damage in transport."""
        return "it was already so when the bundle was made"

    @property
    def remedy(self) -> str:
        """Say what helps."""
        return "export the model again"


class ForbiddenGraphError(BundleError):
    """``grader.onnx`` contains what no graph of a grader does, or is no ONNX model at all."""

    code = "forbidden-graph"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what it contains."""
        return f"grader.onnx is no graph that this library writes: {self.reason}"

    @property
    def why(self) -> str:
        """Say who decides."""
        return "a graph could name files, other operators and loops; none of it is run"
