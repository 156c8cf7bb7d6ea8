"""Harvard APMTH 207 (2018): students of 20 units, with Keras's own initialisation."""

from dataclasses import replace

from kdengine.config import TeacherConfig, on_hard_labels, other_classes, run_key
from kdengine.recipes.plans import experiment
from kdengine.recipes.recipe import Recipe, Setting
from kdengine.recipes.source import BF16, ERRORS, Figure, Networks, Source, on_all_and_threes

_KEPT_PAIR = (7, 8)
_CNN_TEACHER: Setting = {
    "architecture": "cnn-strip",
    "hidden_sizes": (),
    "dropout": 0.25,
    "initialisation": "glorot",
    "epochs": 20,
    "batch_size": 128,
    "learning_rate": 5e-4,
}
_RECIPE = Recipe(
    name="am207",
    title="am207: Harvard's tutorial, students of 20 units",
    teacher={
        "hidden_sizes": (1200, 1200),
        "dropout": 0.7,
        "initialisation": "normal-0.01",
        "max_norm": 15.0,
        "epochs": 20,
        "batch_size": 100,
        "learning_rate": 1e-4,
    },
    student={
        "hidden_sizes": (20, 20),
        "initialisation": "glorot",
        "epochs": 50,
        "batch_size": 128,
        "learning_rate": 1e-3,
        "temperature": 3.0,
        "scale_soft_by_t2": False,
    },
    is_published=True,
)


def _networks(seed: int) -> Networks:
    """Return the two teachers and the twelve students of Harvard's tutorial.

    With seed 0 there is a third teacher, whose convolutions see pictures instead of strips, as had
    its input been declared as one; `nets.architecture` says what is reduced.
    """
    made = experiment(_RECIPE, seed=seed)
    teacher, soft = made.teacher, made.student
    cnn = TeacherConfig(**_CNN_TEACHER, seed=seed)
    # Where the student is softened at 5, its targets were still made at 3.
    at_five = replace(soft, temperature=5.0, target_temperature=3.0)
    all_but_pair = tuple(other_classes(_KEPT_PAIR))
    whole = replace(soft, omitted_classes=())
    pair = replace(soft, omitted_classes=all_but_pair, epochs=100)
    return {
        "teacher": teacher,
        "cnn": cnn,
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
            at_five, hard_weight=0.5 / 25.0, omitted_classes=all_but_pair, epochs=100
        ),
        "bias-7-8": replace(pair, initial_bias=1.0, initial_bias_classes=_KEPT_PAIR),
    }


def _rounded_down(*figures: Figure) -> tuple[Figure, ...]:
    """Return figures that count one too few, ``int((1 - accuracy) * n)``, and say so."""
    note = "the count rounds down: {:,.0f} by its accuracy"
    return tuple(
        replace(figure, note=note.format(figure.value + 1), corrected=figure.value + 1)
        for figure in figures
    )


_FIGURES = (
    Figure("dense teacher, errors", 168, "teacher", ERRORS),
    Figure("convolutional teacher, errors", 97, "cnn", ERRORS),
    Figure("all digits, hard labels, errors", 368, "hard", ERRORS),
    Figure("all digits, soft T=3, errors", 331, "soft", ERRORS),
    *_rounded_down(Figure("all digits, mix, errors", 323, "mix", ERRORS)),
    Figure("all digits, soft T=3 from the convolutional teacher, errors", 340, "cnn-soft", ERRORS),
    *on_all_and_threes("no 3, hard labels", 1328, 1010, "hard-no-3"),
    *_rounded_down(*on_all_and_threes("no 3, soft T=3", 790, 523, "soft-no-3")),
    *_rounded_down(*on_all_and_threes("no 3, mix", 748, 482, "mix-no-3")),
    *_rounded_down(*on_all_and_threes("no 3, “bias tuned”", 706, 442, "bias-no-3")),
    Figure("only 7 and 8, hard labels, errors", 8014, "hard-7-8", ERRORS),
    Figure("only 7 and 8, soft T=3, errors", 3818, "soft-7-8", ERRORS),
    Figure("only 7 and 8, mix, errors", 3759, "mix-7-8", ERRORS),
    Figure("only 7 and 8, “bias tuned”, errors", 3698, "bias-7-8", ERRORS),
)
_WHY: dict[str, Setting] = {
    "as published": {},
    "800 units": {"hidden_sizes": [800, 800]},
    "T = 20": {"temperature": 20.0},
    "with T²": {"scale_soft_by_t2": True},
    "mix, targets at T = 3": {"temperature": 5.0, "target_temperature": 3.0, "hard_weight": 0.016},
    "mix, targets at T = 5": {"temperature": 5.0, "hard_weight": 0.016},
    "bias initialised": {"initial_bias": 3.5, "initial_bias_classes": [3]},
}
SOURCE = Source(
    name="am207",
    short="Harvard AM207",
    title="“Paper Tutorial: Distilling the Knowledge in a Neural Network”, "
    "Harvard APMTH 207 (2018)",
    link="",
    recipe=_RECIPE,
    networks=_networks,
    figures=_FIGURES,
    example="no 3, soft T=3, errors on threes",
    choices=(
        "The convolutional teacher as written: a strip of 28 places with 28 channels. Its "
        "3×3 kernels are 3 taps here, because the other rows only ever meet padding.",
        "Initial weights: Keras's own (Glorot, zero biases) where the source names none; its "
        "N(0, 0.01) is read as a standard deviation of 0.01, as Keras takes it.",
        "Losses on soft targets are shown as KL divergence: the source's cross-entropy less "
        "the entropy of the targets, with the same gradients.",
        "Adam's other constants are PyTorch's.",
        BF16,
    ),
    why=_WHY,
)
