"""Being told that the version in a stage has changed."""

from typing import Protocol

from huleedu_ml_training.export.strict_json import parse_object

CHANNEL = "ml_training_stages"
"""Where the database notifies of every stage that changed, when the change is committed."""


class ChangeObserverProtocol(Protocol):
    """Is told of changes; called in a thread of the teller's, and must not block."""

    def listening(self) -> None:
        """Note that changes are told from now on; one that came before may have been missed."""
        ...

    def changed(self) -> None:
        """Note that something may have changed; what it is has to be asked for."""
        ...

    def deaf(self, reason: str) -> None:
        """Note that no change is told until :meth:`listening` is called again."""
        ...


class ChangesOfModel:
    """Passes on what the channel says about one model name.

    A notification is a hint and nothing else: anybody who may connect to the database can send one.

    Args:
        model_name: Whose changes are passed on.
        observer: Is told of them.
    """

    def __init__(self, model_name: str, observer: ChangeObserverProtocol) -> None:
        self._model_name = model_name
        self._observer = observer

    def listening(self) -> None:
        """Pass it on."""
        self._observer.listening()

    def notified(self, payload: str) -> None:
        """Pass on what is about the model; anything else is not for us."""
        try:
            named = parse_object(payload.encode("utf-8", "replace")).get("model_name")
        except ValueError:
            return
        if named == self._model_name:
            self._observer.changed()

    def deaf(self, reason: str) -> None:
        """Pass it on."""
        self._observer.deaf(reason)
