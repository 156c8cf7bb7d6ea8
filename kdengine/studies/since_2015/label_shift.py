"""The frequency criterion beside what statistics knows as prior correction, on stored logits alone.

Sources: Saerens, Latinne & Decaestecker (2002), doi:10.1162/089976602753284446; Lipton, Wang &
Smola (2018), arXiv:1802.03916; Alexandari, Kundaje & Shrikumar (2019), arXiv:1901.06852; Zhao et
al. (2020), arXiv:1911.07053.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from kdengine.nets.architecture import layer_names
from kdengine.offsets import criteria, evaluation
from kdengine.store import runs
from kdengine.studies.since_2015 import trained
from kdengine.studies.since_2015.known import STUDIES, Measured

DIGIT = 3
_MOST_STEPS, _STILL = 2000, 1e-7  # of expectation maximisation
Array = NDArray[Any]


def measure(seed: int, precision: str) -> Measured:
    """Correct one student in each way: the share of threes it then sees, and its test errors."""
    teacher, student = trained.pair(seed, precision)
    z, kept = student.train_logits.astype(np.float64), student.train_labels != DIGIT
    share = float(np.mean(~kept))
    cooled = z / temperature(z[kept], student.train_labels[kept])
    frequency = criteria.mass_matching_offsets(z, [DIGIT], [share])
    predicted = criteria.predicted_share_offset(z, DIGIT, share)
    as_taught = criteria.teacher_mass_offsets(z, teacher.train_logits, [DIGIT])
    hindsight = criteria.most_agreeing_offset(student.test_logits, student.test_labels, DIGIT)
    named = evaluation.predictions(teacher.train_logits[kept])
    # Each a factor of the logits and what is added to them, both (10,).
    ways: dict[str, tuple[Any, Array]] = {
        "none": (1.0, np.zeros(10)),
        "frequency": (1.0, _on_three(frequency[0])),
        "predicted-share": (1.0, _on_three(predicted)),
        "teacher-mass": (1.0, _on_three(as_taught[0])),
        "hindsight": (1.0, _on_three(hindsight)),
        "em": (1.0, expectation_maximised(z, kept)),
        "em-calibrated": ((cooled / z)[0, 0], expectation_maximised(cooled, kept)),
        "black-box": (1.0, black_box(z, kept, named)),
        "aligned": aligned(runs.load_weights(student.key)),
    }
    for name, setting in STUDIES["label-shift"].variants.items():
        if "given" in setting:
            offset = criteria.mass_matching_offsets(z, [DIGIT], [setting["given"]])
            ways[name] = (1.0, _on_three(offset[0]))
    rows = {}
    for name, (factor, added) in ways.items():
        said = evaluation.predictions(student.test_logits * factor + added)
        wrong = said != student.test_labels
        rows[name] = {
            "share": evaluation.softmax(z * factor + added)[:, DIGIT].mean(),
            "errors": wrong.sum(),
            "threes": wrong[student.test_labels == DIGIT].sum(),
        }
    return rows, {}


def expectation_maximised(logits: Array, source: NDArray[np.bool_]) -> Array:
    """Return what to add to *logits* (N, 10) so that class frequencies are the likeliest of all N.

    The frequencies that the network expects are its mean answer to the *source* images, those it
    learned from. Source: Saerens et al. (2002), equation 2.
    """
    answers = evaluation.softmax(logits)
    expected = answers[source].mean(axis=0)
    found = expected
    for _ in range(_MOST_STEPS):
        weighted = answers @ (ratio := found / expected)
        before, found = found, ratio * (answers / weighted[:, None]).mean(axis=0)
        if np.abs(found - before).max() < _STILL:
            break
    return np.log(found / expected)


def black_box(logits: Array, source: NDArray[np.bool_], named: Array) -> Array:
    """Return what to add to *logits* (N, 10) by how much rarer each answer is among the *source*.

    Solves C w = μ: C counts the answers to the source images by their labels, μ the answers to all.
    No source image is a three, so what its teacher *named* it serves for a label.
    Source: Lipton et al. (2018), equation 2.
    """
    answers = np.eye(10)[evaluation.predictions(logits)]
    together = answers[source].T @ np.eye(10)[named] / len(named)
    ratios = np.linalg.solve(together, answers.mean(axis=0))
    return np.log(np.clip(ratios, 1e-6, None))


def temperature(logits: Array, labels: Array) -> float:
    """Return the T at which the answers are likeliest to be the *labels*.

    Source: Guo et al. (2017), arXiv:1706.04599, section 4.2.
    """
    found = minimize_scalar(
        lambda power: evaluation.cross_entropy(logits / np.exp(power), labels), (-1.0, 1.0)
    )
    return float(np.exp(found.x))


def aligned(weights: dict[str, Array]) -> tuple[Array, Array]:
    """Return factor and addend that give a three's weights the mean length of the other digits'.

    Source: Zhao et al. (2020), equation 8; the bias stays.
    """
    last = layer_names(weights)[0][-1]
    lengths = np.linalg.norm(weights[f"{last}.weight"], axis=1)
    factor = _on_three(np.delete(lengths, DIGIT).mean() / lengths[DIGIT] - 1.0) + 1.0
    return factor, weights[f"{last}.bias"] * (1.0 - factor)


def _on_three(value: Any) -> Array:
    """Return ten numbers, 0 but for the three's."""
    return np.where(np.arange(10) == DIGIT, value, 0.0)
