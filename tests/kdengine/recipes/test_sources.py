"""The recipes against what their sources say, written down here a second time."""

import pytest

from kdengine.config import StudentConfig, TeacherConfig, run_key
from kdengine.recipes import known
from kdengine.recipes.source import CLASS_MEAN, MEASURES, STEPS
from kdengine.studies import needed

NAMES = sorted(known.SOURCES)


def all_networks(name, seed=0):
    """Return a reproduction's networks by name."""
    return known.source(name).networks(seed)


def holds(config, **expected):
    """Check fields of a configuration by name."""
    found = {name: getattr(config, name) for name in expected}
    assert found == expected


def test_the_papers_architectures_and_omissions():
    """Teacher 1200-1200 with jitter of two pixels, students 800-800 at T = 20."""
    made = all_networks("hinton2015")
    holds(made["teacher"], hidden_sizes=(1200, 1200), jitter_pixels=2, omitted_classes=())
    for name, omitted in (
        ("distilled", ()),
        ("no-3", (3,)),
        ("7-8", (0, 1, 2, 3, 4, 5, 6, 9)),
    ):
        holds(made[name], hidden_sizes=(800, 800), temperature=20.0, omitted_classes=omitted)
        assert made[name].scale_soft_by_t2
    holds(made["hard"], hidden_sizes=(800, 800), jitter_pixels=0, dropout=0.0, weight_decay=0.0)
    assert made["hard"].kind == "baseline"


def test_the_numpy_reproduction():
    """He weights, Adam 1e-3, batch 128; 12 epochs with jitter, 20 without; pure T² KL at 20."""
    made = all_networks("hinton-problems", seed=4)
    shared = {
        "initialisation": "he",
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "batch_size": 128,
        "schedule": "constant",
        "dropout": 0.0,
        "seed": 4,
    }
    holds(made["teacher"], hidden_sizes=(1200, 1200), epochs=12, jitter_pixels=2, **shared)
    holds(made["no-3"], hidden_sizes=(800, 800), epochs=20, jitter_pixels=0, **shared)
    holds(made["no-3"], temperature=20.0, soft_weight=1.0, hard_weight=0.0, scale_soft_by_t2=True)


def test_harvards_teachers():
    """Dropout 0.7, N(0, 0.01), max-norm 15, Adam 1e-4, batch 100; the CNN 0.25, 5e-4, 128."""
    made = all_networks("am207")
    holds(
        made["teacher"],
        hidden_sizes=(1200, 1200),
        dropout=0.7,
        initialisation="normal-0.01",
        max_norm=15.0,
        learning_rate=1e-4,
        batch_size=100,
        epochs=20,
        jitter_pixels=0,
    )
    holds(
        made["cnn"],
        architecture="cnn-strip",
        hidden_sizes=(),
        dropout=0.25,
        learning_rate=5e-4,
        batch_size=128,
        epochs=20,
    )


# name: (epochs, batch, hard weight, student's T, T of its targets, omitted, initial bias)
NO_PAIR = (0, 1, 2, 3, 4, 5, 6, 9)
HARVARDS_STUDENTS = {
    "soft": (50, 128, 0.0, 3.0, 3.0, (), 0.0),
    "mix": (50, 100, 0.7 / 9, 3.0, 3.0, (), 0.0),
    "cnn-soft": (50, 128, 0.0, 3.0, 3.0, (), 0.0),
    "soft-no-3": (50, 128, 0.0, 3.0, 3.0, (3,), 0.0),
    "mix-no-3": (50, 128, 0.4 / 25, 5.0, 3.0, (3,), 0.0),
    "bias-no-3": (50, 128, 0.0, 3.0, 3.0, (3,), 3.5),
    "soft-7-8": (100, 128, 0.0, 3.0, 3.0, NO_PAIR, 0.0),
    "mix-7-8": (100, 128, 0.5 / 25, 5.0, 3.0, NO_PAIR, 0.0),
    "bias-7-8": (100, 128, 0.0, 3.0, 3.0, NO_PAIR, 1.0),
}


@pytest.mark.parametrize("name", HARVARDS_STUDENTS)
def test_harvards_students(name):
    config = all_networks("am207")[name]
    epochs, batch, hard, temperature, of_targets, omitted, bias = HARVARDS_STUDENTS[name]
    holds(
        config,
        hidden_sizes=(20, 20),
        learning_rate=1e-3,
        soft_weight=1.0,
        scale_soft_by_t2=False,
        epochs=epochs,
        batch_size=batch,
        temperature=temperature,
        omitted_classes=omitted,
        initial_bias=bias,
        minimum_steps=0,
    )
    assert config.hard_weight == pytest.approx(hard)
    assert (config.target_temperature or config.temperature) == of_targets
    if bias:
        assert config.initial_bias_classes == ((7, 8) if len(omitted) > 1 else (3,))


def test_harvards_students_on_hard_labels_and_from_the_cnn():
    made = all_networks("am207")
    for name, omitted in (("hard", ()), ("hard-no-3", (3,)), ("hard-7-8", NO_PAIR)):
        holds(made[name], kind="baseline", epochs=50, hidden_sizes=(20, 20), batch_size=128)
        assert made[name].omitted_classes == omitted
    assert made["cnn-soft"].teacher == run_key(made["cnn"])
    assert made["soft"].teacher == run_key(made["teacher"])


def test_hiverxd():
    """Batches of 1,024, 10 epochs, dropout 0.5 everywhere, 0.9 KL at T = 4 without T² + 0.1."""
    made = all_networks("hiverxd")
    for name, config in made.items():
        holds(
            config,
            normalised=True,
            dropout=0.5,
            epochs=10,
            batch_size=1024,
            learning_rate=1e-3,
            optimizer="adam",
            hidden_sizes=(1200, 1200) if name == "teacher" else (300, 300),
            omitted_classes=(3,) if "no-3" in name else (),
            shuffled="no-3" in name,
        )
    for name in ("kd", "kd-no-3"):
        holds(made[name], temperature=4.0, soft_weight=0.9, hard_weight=0.1, scale_soft_by_t2=False)
    assert {made[name].kind for name in ("hard", "hard-no-3")} == {"baseline"}


def test_rp13():
    """SGD 0.9 at 1e-2, a tenth every 30 epochs, batch 100, sideways by 7 %; 0.7 T² KL + 0.3."""
    made = all_networks("rp13")
    for config in made.values():
        holds(
            config,
            optimizer="sgd",
            learning_rate=1e-2,
            schedule="tenth_every_30",
            batch_size=100,
            column_shift_share=0.07,
            jitter_pixels=0,
            dropout=0.0,
        )
    holds(made["teacher"], hidden_sizes=(1200, 1200), epochs=100, weight_decay=1e-5)
    expected = {
        "kd-800": (800, 20.0),
        "kd-300": (300, 8.0),
        "kd-30": (30, 20.0),
        "kd-30-cool": (30, 2.5),
        "kd-no-3": (800, 20.0),
    }
    for name, (units, temperature) in expected.items():
        holds(
            made[name],
            hidden_sizes=(units, units),
            temperature=temperature,
            soft_weight=0.7,
            hard_weight=0.3,
            scale_soft_by_t2=True,
            epochs=25,
            weight_decay=0.0,
            frozen_distortions=name == "kd-no-3",
        )
    holds(made["hard-800"], kind="baseline", hidden_sizes=(800, 800), epochs=25)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_of_a_network_and_every_network_has_a_figure(name):
    figures = known.SOURCES[name].figures
    used = {figure.network for figure in figures}
    assert used == set(all_networks(name))
    assert len({figure.quantity for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.measure in MEASURES
        assert figure.step in STEPS
    assert known.SOURCES[name].example in {figure.quantity for figure in figures}


@pytest.mark.parametrize("name", NAMES)
def test_networks_come_with_their_teachers_first_and_once_each(name):
    found = needed.of_source(name, (0, 1))
    keys = [network.key for network in found]
    assert len(keys) == len(set(keys)) == sum(len(all_networks(name, seed)) for seed in (0, 1))
    for place, network in enumerate(found):
        if isinstance(network.config, StudentConfig):
            assert isinstance(network.teacher, TeacherConfig)
            assert network.config.teacher == run_key(network.teacher)
            assert keys.index(network.config.teacher) < place
    seeds = {network.config.seed for network in found}
    assert seeds == {0, 1}


def test_an_unknown_reproduction_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="hinton2015, hinton-problems, am207, hiverxd, rp13"):
        needed.of_source("banana", (0,))


def figure(name, quantity):
    """Return a published figure by its words."""
    (found,) = [f for f in known.SOURCES[name].figures if f.quantity == quantity]
    return found


PUBLISHED = [
    ("hinton2015", "teacher, errors", 67),
    ("hinton2015", "student on hard labels, all digits, errors", 146),
    ("hinton2015", "student distilled, all digits, errors", 74),
    ("hinton2015", "student without 3, before, errors", 206),
    ("hinton2015", "student without 3, before, errors on threes", 133),
    ("hinton2015", "student without 3, offset", 3.5),
    ("hinton2015", "student without 3, after, errors", 109),
    ("hinton2015", "student without 3, after, errors on threes", 14),
    ("hinton2015", "student of 7 and 8 alone, before, accuracy", 1 - 0.473),
    ("hinton2015", "student of 7 and 8 alone, offset on both", -7.6),
    ("hinton2015", "student of 7 and 8 alone, after, accuracy", 1 - 0.132),
    ("hinton-problems", "teacher, accuracy", 0.9839),
    ("hinton-problems", "teacher, accuracy on 3", 0.9743),
    ("hinton-problems", "student before, accuracy", 0.9783),
    ("hinton-problems", "student before, accuracy on 3", 0.9188),
    ("hinton-problems", "student, offset", 2.696),
    ("hinton-problems", "student after, accuracy", 0.9807),
    ("hinton-problems", "student after, accuracy on 3", 0.9782),
    ("hinton-problems", "student after, accuracy on 9", 0.9653),
    ("am207", "dense teacher, errors", 168),
    ("am207", "convolutional teacher, errors", 97),
    ("am207", "all digits, hard labels, errors", 368),
    ("am207", "all digits, soft T=3, errors", 331),
    ("am207", "all digits, mix, errors", 323),
    ("am207", "no 3, hard labels, errors", 1328),
    ("am207", "no 3, hard labels, errors on threes", 1010),
    ("am207", "no 3, soft T=3, errors on threes", 523),
    ("am207", "no 3, mix, errors on threes", 482),
    ("am207", "no 3, “bias tuned”, errors on threes", 442),
    ("am207", "only 7 and 8, hard labels, errors", 8014),
    ("am207", "only 7 and 8, soft T=3, errors", 3818),
    ("am207", "only 7 and 8, mix, errors", 3759),
    ("am207", "only 7 and 8, “bias tuned”, errors", 3698),
    ("hiverxd", "KD no 3, accuracy on 3", 0.029),
    ("hiverxd", "KD no 3 + 3.5, accuracy on 3", 0.391),
    ("hiverxd", "hard no 3 + 3.5, accuracy on 3", 0.0),
    ("hiverxd", "teacher, accuracy", 0.9818),
    ("hiverxd", "KD no 3, accuracy", 0.8782),
    ("rp13", "teacher, errors", 119),
    ("rp13", "800 units, hard labels, errors", 132),
    ("rp13", "30 units, KD T=20, errors", 236),
    ("rp13", "30 units, KD T=2.5, errors", 222),
    ("rp13", "800 units, no 3, all ten biases 3.5, errors", 123),
    ("rp13", "800 units, no 3, all ten biases 3.5, errors on threes", 20),
]


@pytest.mark.parametrize(("name", "quantity", "value"), PUBLISHED)
def test_published_figures(name, quantity, value):
    assert figure(name, quantity).value == pytest.approx(value)


def test_hiverxds_means_are_those_of_its_classes_but_for_the_mistyped():
    """Every mean printed is that of the ten classes, to their rounding, or carries a note."""
    columns = {}
    for one in known.SOURCES["hiverxd"].figures:
        column, _, what = one.quantity.partition(", ")
        if one.digit is not None:
            columns.setdefault(column, []).append(one.value)
        elif one.measure == CLASS_MEAN:
            mean = sum(columns[column]) / 10
            assert what == "mean of the classes"
            # single classes are rounded to 0.1 %, so their mean may be off by 0.05 %
            assert (abs(mean - one.value) < 5.1e-4) == (not one.note)
            if one.note:
                assert f"{100 * mean:.2f} %" in one.note
    assert len(columns) == 7
    assert {len(values) for values in columns.values()} == {10}


def test_the_numpy_reproductions_classes_give_its_accuracy():
    """The classes weighted with their images are the accuracy, to the classes' rounding."""
    images = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    for words in ("teacher", "student before", "student after"):
        classes = [figure("hinton-problems", f"{words}, accuracy on {d}").value for d in range(10)]
        right = sum(rate * count for rate, count in zip(classes, images, strict=True))
        whole = figure("hinton-problems", f"{words}, accuracy").value
        assert right / 10_000 == pytest.approx(whole, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_source_leaves_open_can_be_read_from_a_table(name):
    """A table with text that cannot be printed, a space that does not break too, is damaged."""
    assert all(choice.isprintable() for choice in known.SOURCES[name].choices)
