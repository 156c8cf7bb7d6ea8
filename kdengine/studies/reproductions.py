"""The published reproductions: which networks each source trained. Trains and stores nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from kdengine.config import (
    NetworkConfig,
    RunConfig,
    StudentConfig,
    TeacherConfig,
    on_hard_labels,
    other_classes,
    run_key,
)
from kdengine.recipes import recipe as recipes
from kdengine.recipes import source_settings
from kdengine.recipes.recipe import experiment
from kdengine.studies.sweeps import Network

Networks = dict[str, RunConfig]
KEPT_PAIR = (7, 8)
_ALL_BUT_PAIR = tuple(other_classes(KEPT_PAIR))


@dataclass(frozen=True)
class Reproduction:
    """One source and what it trained.

    Parameters
    ----------
    title, link : str
        The source's public name and address; empty if it has no stable one.
    networks : callable
        Takes a seed and returns the networks by their names in `published`, teachers first.
    seeds : tuple of int
        What the shipped figures were made with.
    choices : tuple of str
        What the source leaves open, or what is done otherwise here, and how.
    """

    title: str
    link: str
    networks: Callable[[int], Networks]
    seeds: tuple[int, ...]
    choices: tuple[str, ...]


def hinton2015(seed: int) -> Networks:
    """Return the networks of the paper's MNIST section, trained by the recipe ``best``."""
    whole = experiment("best", seed=seed, omitted_classes=())
    without = experiment("best", seed=seed)
    pair = experiment("best", seed=seed, omitted_classes=_ALL_BUT_PAIR)
    return {
        "teacher": whole.teacher,
        "hard": whole.baseline,
        "distilled": whole.student,
        "no-3": without.student,
        "7-8": pair.student,
    }


def hinton_problems(seed: int) -> Networks:
    """Return the teacher and the student without 3 of the numpy reproduction."""
    made = experiment("hinton-problems", seed=seed)
    return {"teacher": made.teacher, "no-3": made.student}


def hiverxd(seed: int) -> Networks:
    """Return HiverXD's five networks; batches of the full set keep its order."""
    made = experiment("hiverxd", seed=seed)
    whole = replace(made.student, omitted_classes=(), shuffled=False)
    return {
        "teacher": made.teacher,
        "hard": on_hard_labels(whole),
        "kd": whole,
        "hard-no-3": on_hard_labels(made.student),
        "kd-no-3": made.student,
    }


def rp13(seed: int) -> Networks:
    """Return the teacher and the students of RP team 13; only the set without 3 is frozen."""
    made = experiment("rp13", seed=seed)
    whole = replace(made.student, omitted_classes=(), frozen_distortions=False)
    return {
        "teacher": made.teacher,
        "hard-800": on_hard_labels(whole),
        "kd-800": whole,
        "kd-300": replace(whole, hidden_sizes=(300, 300), temperature=8.0),
        "kd-30": replace(whole, hidden_sizes=(30, 30)),
        "kd-30-cool": replace(whole, hidden_sizes=(30, 30), temperature=2.5),
        "kd-no-3": made.student,
    }


def am207(seed: int) -> Networks:
    """Return the two teachers and the twelve students of Harvard's tutorial.

    With seed 0 there is a third teacher, whose convolutions see pictures instead of strips.
    """
    made = experiment("am207", seed=seed)
    teacher, soft = made.teacher, made.student
    cnn = TeacherConfig(**source_settings.AM207_CNN_TEACHER, seed=seed)
    # Where the student is softened at 5, its targets were still made at 3.
    at_five = replace(soft, temperature=5.0, target_temperature=3.0)
    whole = replace(soft, omitted_classes=())
    pair = replace(soft, omitted_classes=_ALL_BUT_PAIR, epochs=100)
    picture = TeacherConfig(**source_settings.AM207_PICTURE_TEACHER, seed=seed)
    return {
        "teacher": teacher,
        "cnn": cnn,
        **({"cnn-picture": picture} if seed == 0 else {}),
        "hard": on_hard_labels(whole),
        "soft": whole,
        "mix": replace(whole, hard_weight=0.7 / 9.0, batch_size=100),
        "cnn-soft": replace(whole, teacher=run_key(cnn)),
        "hard-no-3": on_hard_labels(soft),
        "soft-no-3": soft,
        "mix-no-3": replace(at_five, hard_weight=0.4 / 25.0),
        "bias-no-3": replace(soft, initial_bias=3.5, initial_bias_classes=(3,)),
        "hard-7-8": replace(on_hard_labels(pair), epochs=50),
        "soft-7-8": pair,
        "mix-7-8": replace(
            at_five, hard_weight=0.5 / 25.0, omitted_classes=_ALL_BUT_PAIR, epochs=100
        ),
        "bias-7-8": replace(pair, initial_bias=1.0, initial_bias_classes=KEPT_PAIR),
    }


_BF16 = (
    "Trained in the precision that the run records, and its weights are stored as 16-bit floats; "
    "the source used 32-bit ones."
)
_TORCH_WEIGHTS = "Adam's other constants are PyTorch's."
REPRODUCTIONS = {
    "hinton2015": Reproduction(
        "Hinton, Vinyals & Dean (2015), section 3",
        "https://arxiv.org/abs/1503.02531",
        hinton2015,
        (0, 1, 2),
        (
            "The paper states the architectures, the jitter, T = 20 and the omissions. Optimiser, "
            "schedule, epochs and batch are those of the recipe best: Adam with a one-cycle rate, "
            "130 epochs, batches of 512.",
            "Teacher: AdamW with weight decay and images turned, scaled and sheared beside the "
            "jitter, in place of dropout and max-norm.",
            "Distilled students: pure soft targets, without the paper's small hard weight, on "
            "images distorted like the teacher's; the teacher answers the distorted image.",
            "T where a class is missing: 20, which the paper does not state.",
            "Offsets as in the paper: the ones with the fewest errors on the test set; of several "
            "as good, the one nearest to 0.",
        ),
    ),
    "hinton-problems": Reproduction(
        "hinton-problems, “MNIST distillation with omitted digit 3”",
        "https://github.com/cybertronai/hinton-problems",
        hinton_problems,
        (0, 1, 2),
        (
            "The same seeds, but numpy's and PyTorch's random numbers differ: the weights of seed "
            "0 here are not the source's.",
            _BF16,
        ),
    ),
    "am207": Reproduction(
        "“Paper Tutorial: Distilling the Knowledge in a Neural Network”, Harvard APMTH 207 (2018)",
        "",
        am207,
        (0, 1, 2),
        (
            "The convolutional teacher as written: a strip of 28 places with 28 channels. Its "
            "3×3 kernels are 3 taps here, because the other rows only ever meet padding.",
            "Beside it, once (seed 0), a true 28×28 one, cnn-picture: reduced to 32 channels of "
            "the 128, everything else as written.",
            "Initial weights: Keras's own (Glorot, zero biases) where the source names none; its "
            "N(0, 0.01) is read as a standard deviation of 0.01, as Keras takes it.",
            "Losses on soft targets are shown as KL divergence: the source's cross-entropy less "
            "the entropy of the targets, with the same gradients.",
            _TORCH_WEIGHTS,
            _BF16,
        ),
    ),
    "hiverxd": Reproduction(
        "HiverXD, “Generalization-Ability-Test-for-Knowledge-Distillation”",
        "https://github.com/HiverXD/Generalization-Ability-Test-for-Knowledge-Distillation",
        hiverxd,
        (0, 1, 2),
        (_BF16,),
    ),
    "rp13": Reproduction(
        "K. Arvind (2020), with the notebook of RP team 13, TU Delft",
        "https://github.com/prakashradhakrish/Distilling-the-knowledge-in-a-Neural-Network",
        rp13,
        (0, 1, 2),
        (
            "Shifts are whole pixels, as torchvision rounds them.",
            "The learning rate falls after 30, 60 and 90 epochs; the notebook's loop lets it fall "
            "one epoch earlier.",
            _BF16,
        ),
    ),
}


def find(name: str) -> Reproduction:
    """Return the reproduction called *name*.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in REPRODUCTIONS:
        known = ", ".join(REPRODUCTIONS)
        raise ValueError(f"unknown reproduction {name[:60]!r}; the reproductions are {known}.")
    return REPRODUCTIONS[name]


def networks(name: str, seeds: Iterable[int]) -> list[Network]:
    """Return every network of a reproduction, teachers before the students they teach.

    Raises
    ------
    ValueError
        For an unknown name, or a seed outside its limits.
    """
    reproduction = find(name)
    ordered = [config for seed in seeds for config in reproduction.networks(seed).values()]
    teachers = {run_key(c): c for c in ordered if isinstance(c, TeacherConfig)}
    recipe = "best" if name == "hinton2015" else name
    assert recipe in recipes.RECIPES
    found = [Network(config, recipe) for config in teachers.values()]
    found += [
        Network(config, recipe, _teacher(config, teachers))
        for config in ordered
        if not isinstance(config, TeacherConfig)
    ]
    return list({network.key: network for network in found}.values())


def _teacher(config: NetworkConfig, teachers: dict[str, TeacherConfig]) -> TeacherConfig | None:
    """Return the teacher of a student; None for a baseline."""
    return teachers[config.teacher] if isinstance(config, StudentConfig) else None
