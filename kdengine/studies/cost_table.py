"""What distillation is for: what a teacher and its student cost in three precisions, measured."""

import io
import warnings
from dataclasses import replace
from typing import Any, Literal

import msgspec

from kdengine.data import datasets
from kdengine.offsets import evaluation
from kdengine.store import experiments, run_files, runs, tables
from kdengine.store.experiments import Experiment
from kdengine.store.shapes import Count, Environment, Rate, Seconds, Sha256
from kdengine.store.tables import Table

PRECISIONS = ("fp32", "bf16", "int8")
Role = Literal["teacher", "student"]


class _Cost(msgspec.Struct):
    bytes: Count  # of the file that `torch.save` makes of its weights
    microseconds: Seconds  # for an image, in batches of 500
    errors: Count  # on the test images
    agreement: Rate  # share of the test images that it calls what the teacher in fp32 does


class _Costs(tables.Shape):
    environment: Environment
    weights: dict[Role, Sha256]  # of the networks that were measured
    costs: dict[Role, dict[Literal[PRECISIONS], _Cost]]  # type: ignore[valid-type]


def table_of(key: str) -> Table:
    """Return which table an experiment has."""
    return Table(f"costs-{key}", key, _Costs, lambda content: (1, len(content["costs"])))


def load_table(shown: Experiment) -> dict[str, Any] | None:
    """Return the costs of an experiment as its networks are stored now; None if there are none."""
    content = tables.load(table_of(shown.key))
    return content if content is not None and content["weights"] == _weights(shown) else None


def measure(key: str) -> dict[str, Any]:
    """Measure the networks of the experiment *key* here and now; return the table."""
    import torch

    from kdengine.training import devices, fit, stepping

    shown = experiments.find(key)
    data = datasets.load(shown.dataset)
    costs: dict[str, Any] = {}
    for role, run in (("teacher", shown.teacher), ("student", shown.student)):
        # What it never looks at has weights of 0: a plain layer, which torch knows to quantise.
        plain = replace(run.config, margin_pixels=0)
        network = fit.load_network(plain, runs.load_weights(run.key))
        with warnings.catch_warnings():  # the pinned torch quantises, and says that a later may not
            warnings.simplefilter("ignore")
            quantised = torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear})
        forms = (network, stepping.lowered(network), quantised)
        for precision, form in zip(PRECISIONS, forms, strict=True):
            file = io.BytesIO()
            torch.save(form.state_dict(), file)
            said = evaluation.predictions(fit.compute_logits(form, data.test_images))
            agreed = said == evaluation.predictions(shown.teacher.test_logits)
            costs.setdefault(role, {})[precision] = {
                "bytes": file.tell(),
                "microseconds": fit.microseconds_per_image(form, data.test_images),
                "errors": int((said != data.test_labels).sum()),
                "agreement": float(agreed.mean()),
            }
    environment = devices.environment(torch.device("cpu"), "fp32") | devices.versions()
    header = tables.header(f"python -m kdengine costs {key}")
    return {**header, "environment": environment, "weights": _weights(shown), "costs": costs}


def _weights(shown: Experiment) -> dict[str, str]:
    """Return what tells the networks of an experiment from later ones of their keys."""
    found = {"teacher": shown.teacher, "student": shown.student}
    return {role: run.metrics["tensor_sha256"][run_files.WEIGHTS] for role, run in found.items()}
