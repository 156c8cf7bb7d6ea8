"""What a run is: one frozen dataclass for each kind of trained network, its checks and its key.

Owns the names and the limits of every parameter. Knows nothing of torch, files or recipes.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from kdengine.limits import finite, int_tuple, one_of, true_or_false, whole, within

FORMAT = 1
CLASSES = 10
DATASETS = ("mnist", "digits")
TRAIN_SIZES = {"mnist": 60_000, "digits": 1200}
TEST_SIZES = {"mnist": 10_000, "digits": 597}
SCHEDULES = ("constant", "one_cycle", "tenth_every_30")
OPTIMIZERS = ("adam", "adamw", "sgd")
INITIALISATIONS = ("pytorch", "he", "glorot", "normal-0.01")
ARCHITECTURES = ("mlp", "cnn", "cnn-strip", "cnn-picture")
SELECTIONS = ("all", "top-tenth", "other-nine-tenths", "not-called-omitted")
TARGET_CHANGES = ("none", "omitted-removed", "shuffled-in-class", "uniform-same-entropy")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """What every trained network shares; the three kinds below add to it.

    Parameters
    ----------
    epochs : int >= 1
        Passes over the transfer set; more are made if `minimum_steps` asks for them.
    hidden_sizes : tuple of int >= 1
        Units of each hidden ReLU layer.
    dataset : str
        One of `DATASETS`.
    seed : int >= 0
        The experiment's seed; weights and shuffling derive theirs from it.
    batch_size : int >= 1
    learning_rate : float > 0
        The constant rate, or the peak of the one-cycle schedule.
    schedule, optimizer, initialisation : str
        One of `SCHEDULES`, `OPTIMIZERS`, `INITIALISATIONS`.
    weight_decay : float >= 0
        Decoupled (AdamW) or added to the gradient (the others).
    dropout : float in [0, 1)
        Share of hidden units dropped after each hidden layer.
    jitter_pixels : int in [0, 4]
        Each training image moves by up to this many pixels on each axis, anew every epoch.
    beta2 : float in [0.5, 1)
        Adam's decay of the squared gradients' mean; short trainings want it below 0.999.
    rotation_degrees, shear_degrees : float in [0, 45]
        Each training image is turned and slanted by up to this much either way, anew every epoch.
    scale_share : float in [0, 0.5]
        Its size changes by up to this share either way.
    minimum_steps : int >= 0
        Floor on optimisation steps, so that a small dataset trains as long as it needs.
    column_shift_share : float in [0, 0.25]
        Each training image moves sideways by a whole number of pixels, the rounded share of its
        width that is drawn within this limit either way; it goes with no other distortion.
    frozen_distortions : bool
        Distort the images once, so that each stays as it is then throughout the training.
    shuffled : bool
        False shows the images in the order of the training set in every epoch.
    normalised : bool
        Grey values less MNIST's mean, over its standard deviation, instead of 0 to 1.
    max_norm : float >= 0
        Longest weight vector into a hidden unit, kept after every step; 0 for no limit.
    initial_bias : float
        Output bias of the *initial_bias_classes* (tuple of int) before the first step.
    """

    epochs: int
    hidden_sizes: tuple[int, ...]
    dataset: str = "mnist"
    seed: int = 0
    batch_size: int = 128
    learning_rate: float = 1e-3
    schedule: str = "constant"
    optimizer: str = "adam"
    weight_decay: float = 0.0
    dropout: float = 0.0
    jitter_pixels: int = 0
    initialisation: str = "pytorch"
    minimum_steps: int = 0
    beta2: float = 0.999
    rotation_degrees: float = 0.0
    shear_degrees: float = 0.0
    scale_share: float = 0.0
    column_shift_share: float = 0.0
    frozen_distortions: bool = False
    shuffled: bool = True
    normalised: bool = False
    max_norm: float = 0.0
    initial_bias: float = 0.0
    initial_bias_classes: tuple[int, ...] = ()

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Normalise numbers and check every field."""
        object.__setattr__(self, "hidden_sizes", int_tuple("hidden_sizes", self.hidden_sizes))
        biased = check_omitted(self.initial_bias_classes)
        object.__setattr__(self, "initial_bias_classes", biased)
        for field in fields(self):
            if field.type in (float, "float"):
                object.__setattr__(self, field.name, finite(field.name, getattr(self, field.name)))
            elif field.type in (int, "int"):
                whole(field.name, getattr(self, field.name))
            elif field.type in (bool, "bool"):
                true_or_false(field.name, getattr(self, field.name))
        self._check_network()

    def _check_network(self) -> None:
        """Check the fields that all kinds share."""
        one_of("dataset", self.dataset, DATASETS)
        one_of("schedule", self.schedule, SCHEDULES)
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("initialisation", self.initialisation, INITIALISATIONS)
        within("epochs", self.epochs, 1, 10_000)
        within("seed", self.seed, 0, 2**31 - 100)
        within("batch_size", self.batch_size, 1, 100_000)
        within("jitter_pixels", self.jitter_pixels, 0, 4)
        within("minimum_steps", self.minimum_steps, 0, 1_000_000)
        within("weight_decay", self.weight_decay, 0.0, 10.0)
        within("dropout", self.dropout, 0.0, 0.95)
        within("rotation_degrees", self.rotation_degrees, 0.0, 45.0)
        within("shear_degrees", self.shear_degrees, 0.0, 45.0)
        within("scale_share", self.scale_share, 0.0, 0.5)
        within("column_shift_share", self.column_shift_share, 0.0, 0.25)
        within("max_norm", self.max_norm, 0.0, 1000.0)
        within("initial_bias", self.initial_bias, -100.0, 100.0)
        if self.initial_bias and not self.initial_bias_classes:
            raise ValueError(
                f"initial_bias={self.initial_bias:g} is given to no class; name some in "
                "initial_bias_classes, such as (3,), or leave it at 0."
            )
        others = self.jitter_pixels or self.rotation_degrees or self.shear_degrees
        if self.column_shift_share and (others or self.scale_share):
            raise ValueError(
                f"column_shift_share={self.column_shift_share:g} goes with no other distortion; "
                "set jitter_pixels, rotation_degrees, shear_degrees and scale_share to 0."
            )
        if not 0.5 <= self.beta2 < 1.0:
            raise ValueError(f"beta2={self.beta2:g} is not in [0.5, 1); Adam's own is 0.999.")
        if not 0.0 < self.learning_rate <= 10.0:
            raise ValueError(
                f"learning_rate={self.learning_rate:g} is not above 0 and at most 10; try 0.001."
            )
        if len(self.hidden_sizes) > 8:
            raise ValueError(
                f"hidden_sizes has {len(self.hidden_sizes)} layers; at most 8 are allowed."
            )
        for size in self.hidden_sizes:
            within("hidden_sizes", size, 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class TeacherConfig(NetworkConfig):
    """A network trained on the hard labels of all training images.

    Parameters
    ----------
    label_smoothing : float in [0, 0.5]
        Share of each hard label that is spread evenly over all classes.
    architecture : str
        One of `ARCHITECTURES`; all but ``"mlp"`` put convolutions before the hidden layers.
    members : int in [1, 10]
        Networks in the ensemble, whose logits are averaged; each learns by itself.
    omitted_classes : tuple of int
        Digits that the teacher never sees; usually none.
    """

    hidden_sizes: tuple[int, ...] = (1200, 1200)
    label_smoothing: float = 0.0
    architecture: str = "mlp"
    members: int = 1
    omitted_classes: tuple[int, ...] = ()
    kind: ClassVar[str] = "teacher"

    def __post_init__(self) -> None:
        """Check the teacher's own fields beside the shared ones."""
        super().__post_init__()
        object.__setattr__(self, "omitted_classes", check_omitted(self.omitted_classes))
        within("label_smoothing", self.label_smoothing, 0.0, 0.5)
        within("members", self.members, 1, 10)
        one_of("architecture", self.architecture, ARCHITECTURES)


@dataclass(frozen=True, kw_only=True)
class BaselineConfig(NetworkConfig):
    """The student's architecture, trained on the hard labels of its transfer set."""

    hidden_sizes: tuple[int, ...] = (800, 800)
    omitted_classes: tuple[int, ...] = (3,)
    kind: ClassVar[str] = "baseline"

    def __post_init__(self) -> None:
        """Check the omitted classes beside the shared fields."""
        super().__post_init__()
        object.__setattr__(self, "omitted_classes", check_omitted(self.omitted_classes))


@dataclass(frozen=True, kw_only=True)
class StudentConfig(NetworkConfig):
    """A network distilled from a teacher on a transfer set.

    Parameters
    ----------
    teacher : str
        Key of the teacher's run, of the same dataset; a key tells both.
    omitted_classes : tuple of int
        Digits removed from the transfer set; empty for none.
    temperature : float in (0, 1000]
        T of the soft targets and of the student while it trains.
    soft_weight, hard_weight : float >= 0, not both 0
        Factors of the two terms of the loss.
    scale_soft_by_t2 : bool
        Multiply the soft term by T².
    transfer_size : int >= 0
        Images in the transfer set, drawn at random by the seed; 0 for all there are.
    selection : str
        One of `SELECTIONS`: which images stay, by what the teacher says of the omitted classes.
    target_change : str
        One of `TARGET_CHANGES`: what is done to the soft targets before the student learns them.
    target_temperature : float in [0, 1000]
        T of the soft targets if it is not that of the student; 0 for the same.
    """

    teacher: str
    hidden_sizes: tuple[int, ...] = (800, 800)
    omitted_classes: tuple[int, ...] = (3,)
    temperature: float = 20.0
    soft_weight: float = 1.0
    hard_weight: float = 0.0
    scale_soft_by_t2: bool = True
    transfer_size: int = 0
    selection: str = "all"
    target_change: str = "none"
    target_temperature: float = 0.0
    kind: ClassVar[str] = "student"

    def __post_init__(self) -> None:
        """Check the omitted classes and the loss beside the shared fields."""
        super().__post_init__()
        object.__setattr__(self, "omitted_classes", check_omitted(self.omitted_classes))
        self._check_teacher()
        check_temperature(self.temperature)
        within("target_temperature", self.target_temperature, 0.0, 1000.0)
        within("soft_weight", self.soft_weight, 0.0, 1000.0)
        within("hard_weight", self.hard_weight, 0.0, 1000.0)
        if self.soft_weight == self.hard_weight == 0.0:
            raise ValueError(
                "soft_weight and hard_weight are both 0, so there is nothing to learn from; "
                "set one above 0."
            )
        self._check_transfer_set()

    def _check_teacher(self) -> None:
        """Check that the teacher is one, and of the same dataset."""
        kind, dataset, *_ = check_key(self.teacher).split("-")
        if (kind, dataset) != (TeacherConfig.kind, self.dataset):
            raise ValueError(
                f"teacher={self.teacher} is a {kind} of {dataset}; a student of {self.dataset} "
                f"learns from a teacher of {self.dataset}, whose key starts with "
                f"{TeacherConfig.kind}-{self.dataset}-."
            )

    def _check_transfer_set(self) -> None:
        """Check what is done to the transfer set and to its soft targets."""
        within("transfer_size", self.transfer_size, 0, TRAIN_SIZES[self.dataset])
        one_of("selection", self.selection, SELECTIONS)
        one_of("target_change", self.target_change, TARGET_CHANGES)
        needs_omission = self.selection != "all" or self.target_change == "omitted-removed"
        if needs_omission and not self.omitted_classes:
            raise ValueError(
                f"selection={self.selection!r} and target_change={self.target_change!r} go by the "
                "omitted classes, but none is omitted; omit one, such as 3."
            )


RunConfig = TeacherConfig | StudentConfig | BaselineConfig
_KINDS: dict[str, type[TeacherConfig] | type[StudentConfig] | type[BaselineConfig]] = {
    config.kind: config for config in (TeacherConfig, StudentConfig, BaselineConfig)
}

KEY_PATTERN = rf"(?!.{{81}})({'|'.join(_KINDS)})-({'|'.join(DATASETS)})(-[A-Za-z0-9]+){{3}}"


def other_classes(omitted: Iterable[int], classes: int = 10) -> list[int]:
    """Return the classes that are not among *omitted*."""
    left_out = set(omitted)
    return [digit for digit in range(classes) if digit not in left_out]


def omitted_classes(config: RunConfig) -> tuple[int, ...]:
    """Return the classes left out of what *config* learns from; usually none for a teacher."""
    return config.omitted_classes


def planned_epochs(config: NetworkConfig, images: int) -> int:
    """Return how many epochs are made on that many *images*: the floor on steps included."""
    steps_per_epoch = math.ceil(images / config.batch_size)
    return max(config.epochs, math.ceil(config.minimum_steps / steps_per_epoch))


def bends(config: NetworkConfig) -> bool:
    """Return whether images are turned, scaled or sheared, beyond being moved."""
    return bool(config.rotation_degrees or config.scale_share or config.shear_degrees)


def distorts(config: NetworkConfig) -> bool:
    """Return whether *config* shows anything but the images themselves."""
    return bool(config.jitter_pixels or config.column_shift_share or bends(config))


def on_hard_labels(student: StudentConfig) -> BaselineConfig:
    """Return the baseline that differs from *student* in nothing but its hard labels."""
    shared = {field.name: getattr(student, field.name) for field in fields(NetworkConfig)}
    return BaselineConfig(**shared, omitted_classes=student.omitted_classes)


def run_key(config: RunConfig) -> str:
    """Return the name of *config*'s run, ``<kind>-<dataset>-<left out>-seed<N>-<hash>``.

    The hash leaves out fields that hold their default, so a field added later with a default
    that means "as before" changes no old key.
    """
    distinct = {
        field.name: getattr(config, field.name)
        for field in fields(config)
        if field.default is MISSING or getattr(config, field.name) != field.default
    }
    canonical = json.dumps({"kind": config.kind, **distinct}, sort_keys=True)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:8]
    left_out = _left_out_name(omitted_classes(config))
    return f"{config.kind}-{config.dataset}-{left_out}-seed{config.seed}-{digest}"


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Return *config* as plain JSON values, with its kind and the format number."""
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    listed = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
    return {"format": FORMAT, "kind": config.kind, **listed}


def from_dict(record: object) -> RunConfig:
    """Rebuild a configuration from `to_dict`'s record, checking everything.

    Raises
    ------
    ValueError
        If the record is of another format or kind, names an unknown field, or holds a value
        outside its limits.
    """
    if not isinstance(record, dict):
        raise ValueError(
            f"a configuration is a JSON object, not {type(record).__name__}; restore the file."
        )
    values = dict(record)
    written_format = values.pop("format", None)
    if type(written_format) is not int or not 1 <= written_format <= FORMAT:
        raise ValueError(
            f"format {written_format!r} is not known (known: 1 to {FORMAT}); "
            "a newer kdengine may have written it: update the project."
        )
    kind = values.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(_KINDS)}; restore the file.")
    unknown = sorted(set(values) - {field.name for field in fields(_KINDS[kind])})
    if unknown:
        raise ValueError(
            f"unknown fields {', '.join(map(str, unknown))} in a {kind}'s configuration; "
            "a newer kdengine may have written it: update the project."
        )
    try:
        return _KINDS[kind](**values)
    except TypeError as error:
        raise ValueError(f"incomplete {kind} configuration: {error}; restore the file.") from error


def check_key(key: object) -> str:
    """Return *key* if it has the form of a run key, which no path can have.

    Raises
    ------
    ValueError
        If it does not; ``../../etc`` is such a one.
    """
    if isinstance(key, str) and re.fullmatch(KEY_PATTERN, key):
        return key
    raise ValueError(
        f"{str(key)[:60]!r} is not a run key such as student-mnist-omit3-seed0-1f3a9c2e; "
        "`python -m kdengine list` shows the stored ones."
    )


def check_temperature(temperature: object) -> float:
    """Return *temperature* as a float if it is in (0, 1000]; else raise ValueError."""
    value = finite("temperature", temperature)
    if not 0.0 < value <= 1000.0:
        raise ValueError(
            f"temperature={value:g} is not above 0 and at most 1000; the paper's student used 20."
        )
    return value


def check_omitted(classes: object) -> tuple[int, ...]:
    """Return omitted *classes* sorted and without repeats.

    Raises
    ------
    ValueError
        If one is not a digit, or none would be left.
    """
    digits = int_tuple("omitted_classes", classes)
    for digit in digits:
        if not 0 <= digit < CLASSES:
            raise ValueError(f"class {digit} does not exist; the classes are the digits 0 to 9.")
    distinct = tuple(sorted(set(digits)))
    if len(distinct) == CLASSES:
        raise ValueError("all ten classes are omitted, so the transfer set is empty; keep one.")
    return distinct


def _left_out_name(omitted: tuple[int, ...]) -> str:
    """Return ``all``, ``omit3`` or, when most digits are left out, ``keep78``."""
    if not omitted:
        return "all"
    if len(omitted) <= CLASSES // 2:
        return "omit" + "".join(map(str, omitted))
    return "keep" + "".join(str(digit) for digit in range(CLASSES) if digit not in omitted)
