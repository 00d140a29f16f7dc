"""What ``runs reproduce`` prints."""

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.cli.render_runs import run_document
from huleedu_ml_training.training.making_protocols import ReproducedRun, ReproductionRequest
from huleedu_ml_training.training.reproducing_errors import NotReproducedError
from huleedu_ml_training.training.reproduction import Reproduction


def show_reproduction(output: Output, request: ReproductionRequest, done: ReproducedRun) -> bool:
    """Print whether a run gave the same grader again; return whether it did."""
    found, manifest = done.reproduction, request.bundle.manifest
    output.table(
        f"Run {request.run.id} again, against {manifest.model_name} {manifest.version}",
        ("what", "outcome"),
        [
            ("grades", _of_essays(found.other_grades, found.n_essays)),
            ("probabilities", _probabilities(found)),
            ("metrics", ", ".join(found.other_metrics) or "identical"),
            *(
                (each.name, "identical" if each.identical else _difference(each.is_paper))
                for each in found.files
            ),
        ],
    )
    if found.libraries:
        output.table(
            "Libraries of other versions",
            ("library", "then", "now"),
            [(name, *versions) for name, versions in found.libraries.items()],
        )
    error = NotReproducedError(run_id=request.run.id, differences=_differences(found))
    document = {
        "run_id": str(request.run.id),
        "reproduction": found.to_dict(),
        "run": run_document(done.run, alive=None),
    }
    if found.identical:
        output.line("identical: the run gives the same grader again")
    else:
        document["error"] = error.to_dict()
        output.note(f"error[{error.code}]: {error}")
    output.document("runs.reproduce", document)
    return found.identical


def _differences(found: Reproduction) -> tuple[str, ...]:
    counts = (
        (found.other_grades, "grades"),
        (found.other_probabilities, "probabilities"),
    )
    said = [f"other {what} of {n} of {found.n_essays} essays" for n, what in counts if n]
    if found.other_metrics:
        said.append(f"other values of {', '.join(found.other_metrics)}")
    if found.other_files:
        said.append(f"other bytes in {', '.join(found.other_files)}")
    return tuple(said)


def _of_essays(n: int, n_essays: int) -> str:
    return f"other for {n} of {n_essays} essays" if n else f"identical for {n_essays} essays"


def _probabilities(found: Reproduction) -> str:
    largest = f", by {found.largest_difference:.2g} at most" if found.largest_difference else ""
    return _of_essays(found.other_probabilities, found.n_essays) + largest


def _difference(is_paper: bool) -> str:
    return "differs, as papers may" if is_paper else "DIFFERS"
