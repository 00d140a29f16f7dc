"""What a terminal adds to the library."""

from dishka import Provider, Scope, provide
from rich.console import Console

from huleedu_ml_training.cli.progress import ConsoleProgress
from huleedu_ml_training.training.protocols import ProgressProtocol


class TerminalProvider(Provider):
    """Progress that people can see."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    @provide(scope=Scope.APP)
    def provide_progress(self) -> ProgressProtocol:
        """Return progress on stderr."""
        return ConsoleProgress(self._console)
