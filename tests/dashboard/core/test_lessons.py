"""Exercises, formulas, snippets and the panel, against counting by brute force on a small store."""

import ast
import contextlib
import io
import itertools
import json
import math
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest

from dashboard.core import lessons as teaching
from dashboard.core import runs, teaching_tables
from dashboard.core.lessons import number
from dashboard.core.numbers import percent, signed
from dashboard.core.teaching_material import EXEMPT, MATERIAL
from dashboard.topics.lab.ablations import figures as ablations_views
from kdengine.config import StudentConfig
from kdengine.recipes import published
from kdengine.store import runs as store
from kdengine.studies import ablations, reproduction_table, sweep_table
from kdengine.synthetic import table as synthetic_table
from tests.conftest import make_store
from tests.dashboard import fake_reproductions, fake_sweeps, fake_synthetic
from tests.dashboard.pages import ROOT, TOPICS, open_page

ABLATION = "student-size"
ADDRESSES = {
    "soft_targets": {"image": "7", "T": "5"},
    "offset": {"criterion": "frequency"},
    "draw": {"image": "7", "T": "9"},
    "ablations": {"ablation": ABLATION},
    "leak": {"variant": "temperature-1"},
    "synthetic": {"data": "0.6-0.8"},
    "reproductions": {"source": "am207"},
    "omission_lab": {"keep": "0,1,2,4,5,6,7,8,9"},
}
SHOWN_HERE = [page for page in MATERIAL if page in TOPICS]


@pytest.fixture
def full_store(small_store):
    """A small store whose student errs and learns in three different epochs, and two tables."""
    key = student_key()
    run, rng = store.load(key), np.random.default_rng(3)
    names = ("train_logits", "train_labels", "test_logits", "test_labels")
    logits = {name: getattr(run, name) for name in names}
    for name in ("train_logits", "test_logits"):
        noisy = logits[name] + rng.normal(0.0, 2.5, logits[name].shape)
        logits[name] = noisy.astype(np.float32)
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (run.test_labels, logits["test_logits"].argmax(axis=1)), 1)
    own = logits["test_logits"][np.isin(run.test_labels, run.config.omitted_classes)]
    replay = np.stack([own + rng.normal(0.0, scale, own.shape) for scale in (9.0, 4.0, 0.0)])
    store.save(
        run.config,
        {**run.metrics, "confusion": confusion.tolist()},
        weights=store.load_weights(key),
        logits=logits,
        replay=replay,
    )

    def figures(point, stage):
        mark = sum(map(ord, str(point.parameters))) % 37 / 100
        return 0.6 + mark + (0.02 if stage == "after" else 0.0), 0.95

    for name in (ABLATION, "causality"):
        made = fake_sweeps.table(name, figures)
        for row in made["rows"]:
            row["student_after"]["errors"] += 7 * row["seed"]
        fake_sweeps.install(made)
    fake_synthetic.install(fake_synthetic.table())
    fake_reproductions.install(fake_reproductions.table("am207", scattered))
    runs._run.clear()
    runs._replay.clear()
    return small_store


@pytest.fixture
def context_of(full_store):
    """Return the context of a page, with an offset found by bisection."""
    shown = runs.experiment(student_key())
    offset = bisected(shown.student.train_logits, 3, share(shown.student.train_labels, 3))
    return lambda page: teaching.Context(shown, offset, ADDRESSES.get(page, {}), table_of)


def table_of(name):
    """Return a page's table."""
    if name == "am207":
        return reproduction_table.load_table(name)
    return synthetic_table.load_table() if name == "synthetic" else sweep_table.load_table(name)


def scattered(figure):
    """Return three seeds' errors; figures on threes are far off, the others are not."""
    shift = 0.0 if figure.digit is None else 400.0
    return [figure.value + shift + extra for extra in (-9.0, 4.0, 11.0)]


def student_key():
    return next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))


def share(labels, digit):
    return sum(1 for label in labels if label == digit) / len(labels)


def softened(logits, temperature=1.0):
    powers = np.exp(logits.astype(np.float64) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def bisected(logits, digit, target):
    """Return the offset at which the mean mass is *target*, to twelve digits."""
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        moved = logits.astype(np.float64)
        moved[:, digit] += middle
        low, high = (middle, high) if softened(moved)[:, digit].mean() < target else (low, middle)
    return low


def called(row, offset=0.0, digit=3):
    """Return what one row of logits is called; at equality the lower class."""
    moved = [float(z) + (offset if c == digit else 0.0) for c, z in enumerate(row)]
    return max(range(10), key=lambda c: (moved[c], -c))


def counted(run, offset=0.0):
    """Count (label, called) pairs on the test images."""
    pairs = {}
    for row, label in zip(run.test_logits, run.test_labels, strict=True):
        pair = int(label), called(row, offset)
        pairs[pair] = pairs.get(pair, 0) + 1
    return pairs


def right(run, digit, offset=0.0):
    return counted(run, offset).get((digit, digit), 0)


def others_right(run, offset=0.0):
    return sum(n for (true, said), n in counted(run, offset).items() if true == said != 3)


def weights_of(context, role):
    arrays = context.weights(role)
    layers = sorted({int(name.split(".")[1]) for name in arrays})
    return [(arrays[f"layers.{n}.weight"], arrays[f"layers.{n}.bias"]) for n in layers]


def two_largest(context):
    logits = sorted((float(z) for z in context.run.teacher.test_logits[7]), reverse=True)
    return logits[:2]


# What the answers have to say, computed in another way than they are.


def expected_rescued(c):
    total, student = list(c.run.student.test_labels).count(3), c.run.student
    before, after = right(student, 3), right(student, 3, c.chosen)
    assert 0 < before < after < total
    return [
        f"{after - before:,} of {total - before:,}",
        percent((after - before) / (total - before)),
    ]


def expected_parameters(c):
    return [
        f"**{sum(w.size + b.size for w, b in weights_of(c, role)):,}**"
        for role in ("teacher", "student")
    ]


def expected_guessing(c):
    total = list(c.run.student.test_labels).count(3)
    return [f"**{right(c.run.student, 3):,}**", f"{number(total / 10)} of {total}"]


def expected_odds_of_the_first(c):
    logits = c.run.teacher.test_logits[[7]]
    ratios = []
    for t in (1.0, 5.0):
        probabilities = sorted(softened(logits, t)[0])
        ratios.append(probabilities[-1] / probabilities[-2])
    return [f"**{number(ratio)} times**" for ratio in ratios]


def expected_temperature_of_a_half(c):
    first, second = two_largest(c)
    low, high = 1e-3, 1e4
    for _ in range(200):
        middle = math.sqrt(low * high)
        is_below = math.exp((second - first) / middle) < 0.5
        low, high = (middle, high) if is_below else (low, middle)
    return [f"**{number(low)}**"]


def expected_spread(c):
    told = ["2.303 nats"]
    for t in (1.0, 5.0):
        p = softened(c.run.teacher.test_logits[[7]], t)[0]
        told.append(f"{number(-sum(x * math.log(x) for x in p))}")
    return told


def expected_half_right(c):
    own = c.run.student.test_logits[c.run.student.test_labels == 3]
    gaps = sorted(max(z for d, z in enumerate(row) if d != 3) - row[3] for row in own)
    enough = next(g for g in gaps if sum(called(r, g + 1e-4) == 3 for r in own) >= len(own) / 2)
    return [f"**{signed(float(enough))}**"]


def expected_odds_factor(c):
    student = c.run.student
    after = 100 * share(student.train_labels, 3)
    before = 100 * softened(student.train_logits)[:, 3].mean()
    return [f"**{number(math.e**c.chosen)}**", f"{before:.2f}\u00a0%", f"**{after:.2f}\u00a0%**"]


def expected_price(c):
    student = c.run.student
    gained = right(student, 3, c.chosen) - right(student, 3)
    lost = others_right(student) - others_right(student, c.chosen)
    assert gained and lost
    return [f"**{gained:,}** threes", f"**{lost:,}** images"]


def expected_precision(c):
    pairs = counted(c.run.student, c.chosen)
    column = sum(n for (_, said), n in pairs.items() if said == 3)
    return [f"**{pairs[3, 3]:,}**", f"{column:,} test images", percent(pairs[3, 3] / column)]


def expected_teachers_pair(c):
    pairs = counted(c.run.teacher)
    both = {
        (a, b): pairs.get((a, b), 0) + pairs.get((b, a), 0)
        for a, b in itertools.combinations(range(10), 2)
    }
    (low, high), most = max(both.items(), key=lambda item: item[1])
    assert most
    return [f"**{low} and {high}**, {most:,} test images"]


def expected_errors_elsewhere(c):
    total = sum(1 for label in c.run.student.test_labels if label != 3)
    return [
        f"**{total - others_right(c.run.student, offset):,}**" for offset in (0.0, c.chosen)
    ] + [f"{total:,} images"]


def expected_rescue_all(c):
    student = c.run.student
    gaps = [
        (max(float(z) for d, z in enumerate(row) if d != 3) - float(row[3]), label)
        for row, label in zip(student.test_logits, student.test_labels, strict=True)
    ]
    needed = max(gap for gap, label in gaps if label == 3)
    turned = sum(1 for gap, label in gaps if label != 3 and gap < needed)
    return [f"**{signed(needed)}**", f"**{turned:,}** of {sum(1 for _, y in gaps if y != 3):,}"]


def expected_shared_misses(c):
    missed = {}
    for role in ("student", "teacher"):
        run = getattr(c.run, role)
        places = [place for place, label in enumerate(run.test_labels) if label == 3]
        missed[role] = {place for place in places if called(run.test_logits[place]) != 3}
    both = len(missed["student"] & missed["teacher"])
    return [f"misses {len(missed['student']):,} of", f"both **{both:,}**"]


def expected_second_choices(c):
    own = c.run.student.test_logits[c.run.student.test_labels == 3]
    ranked = [sorted(range(10), key=lambda d: (-row[d], d)).index(3) for row in own]
    missed = [rank for rank in ranked if rank > 0]
    return [f"**{missed.count(1):,}** of {len(missed):,}"]


def epochs_right(c):
    return [[called(row) == 3 for row in epoch] for epoch in store.load_replay(c.run.key)]


def expected_steepest_epoch(c):
    sums = [sum(epoch) for epoch in epochs_right(c)]
    gains = [b - a for a, b in itertools.pairwise(sums)]
    return [f"**{max(gains):+,}**", f"after epoch {gains.index(max(gains)) + 2} "]


def expected_forgotten(c):
    epochs = epochs_right(c)
    lost = sum(1 for *before, last in zip(*epochs, strict=True) if any(before) and not last)
    assert lost
    return [f"**{lost:,}** of {len(epochs[0]):,}"]


def expected_soon_enough(c):
    sums = [sum(epoch) for epoch in epochs_right(c)]
    first = next(place for place, s in enumerate(sums, start=1) if s >= 0.99 * sums[-1])
    return [f"**epoch {first}** of {len(sums)}"]


def expected_built_in(c):
    bias = weights_of(c, "student")[-1][1][3]
    return [f"**{bias + c.chosen:+.3f}**".replace("-", "−"), f"{bias:+.3f}".replace("-", "−")]


def expected_empty_pad(c):
    told = []
    for role in ("teacher", "student"):
        layers = weights_of(c, role)
        units = np.zeros(784)
        for place, (weight, bias) in enumerate(layers):
            units = weight.astype(np.float64) @ units + bias
            units = units if place == len(layers) - 1 else np.where(units > 0, units, 0)
        told.append(f"the {role} **{units.argmax()}** ({percent(softened(units[None])[0].max())})")
    return told


def expected_multiplications(c):
    return [
        f"the {role} **{sum(w.size for w, _ in weights_of(c, role)):,}**"
        for role in ("teacher", "student")
    ]


def expected_steps(c):
    metrics, size = c.run.student.metrics, c.run.student.config.batch_size
    batches = len(range(0, metrics["split_sizes"]["transfer"], size))
    return [f"**{len(metrics['history']) * batches:,} steps**"]


def expected_left_out(c):
    labels = list(c.run.student.train_labels)
    return [f"**{labels.count(3):,}** of {len(labels):,}"]


def expected_scaled_loss(c):
    torch = pytest.importorskip("torch")
    from kdengine.training import losses

    temperature = c.run.student.config.temperature
    student, teacher = (
        torch.tensor(getattr(c.run, r).test_logits, dtype=torch.float64)
        for r in ("student", "teacher")
    )
    targets = (teacher / temperature).softmax(dim=1)
    labels = torch.zeros(len(student), dtype=torch.int64)
    scaled = losses.distillation_loss(student, targets, labels, temperature=temperature)
    return [f"**{number(float(scaled))}**", number(float(scaled) / temperature**2)]


def transfer_mass(c, temperature):
    teacher = c.run.teacher
    masses = softened(teacher.train_logits, temperature)[:, 3]
    return [(int(y), float(m)) for y, m in zip(teacher.train_labels, masses, strict=True) if y != 3]


def expected_whole_images(c):
    temperature = c.run.student.config.temperature
    return [
        f"**{number(math.fsum(m for _, m in transfer_mass(c, t)))}**" for t in (1.0, temperature)
    ]


def expected_strongest_carrier(c):
    by_class = {}
    for label, mass in transfer_mass(c, c.run.student.config.temperature):
        by_class.setdefault(label, []).append(mass)
    means = {label: sum(masses) / len(masses) for label, masses in by_class.items()}
    names = ("Zeros", "Ones", "Twos", "Threes", "Fours", "Fives", "Sixes", "Sevens", "Eights")
    best = max(means, key=means.get)
    return [f"**{(*names, 'Nines')[best]}**", f"{100 * means[best]:.2f}\u00a0%"]


def expected_called_so(c):
    teacher = c.run.teacher
    rows = [r for r, y in zip(teacher.train_logits, teacher.train_labels, strict=True) if y != 3]
    return [f"**{sum(called(row) == 3 for row in rows):,}** of {len(rows):,}"]


def expected_unavoidable(c):
    labels = list(c.run.student.test_labels)
    return [f"**{labels.count(3):,}** of {len(labels):,}"]


def expected_how_many_students(c):
    chosen = sum(1 for bits in itertools.product((0, 1), repeat=10) if 0 < sum(bits) < 10)
    pairs = len(list(itertools.combinations(range(10), 2)))
    labels = list(c.run.student.train_labels)
    return [f"**{chosen:,}**", f"{pairs} of them", f"**{len(labels) - labels.count(3):,}**"]


def expected_twice_as_frequent(c):
    p = share(c.run.student.train_labels, 3)
    ratio = (2 * p / (1 - 2 * p)) / (p / (1 - p))
    exact = bisected(c.run.student.train_logits, 3, 2 * p)
    return [f"**{signed(c.chosen + math.log(ratio))}**", f"says {signed(exact)}"]


def seeds_of(table):
    found = {}
    for row in table["rows"]:
        found.setdefault(str(row["parameters"]), []).append(row["student_after"]["errors"])
    return sorted(found.values(), key=np.mean)


def expected_best_and_worst(c):
    best, *_, worst = seeds_of(c.table(ABLATION))
    return [f"**{np.mean(worst) - np.mean(best):,.0f} images** of 10,000"]


def expected_beyond_chance(c):
    best, *_, worst = seeds_of(c.table(ABLATION))
    spread = max(np.std(best, ddof=1), np.std(worst, ddof=1))
    return [f"**{number((np.mean(worst) - np.mean(best)) / spread)} times**"]


def expected_trained_in_all(c):
    return [f"**{len(c.table(ABLATION)['rows'])} students**"]


def rate(c, variant, stage="student_before"):
    return np.mean(
        [
            row[stage]["omitted_accuracy"]
            for row in c.table("causality")["rows"]
            if row["parameters"] == ablations.CAUSALITY[variant]
        ]
    )


def expected_hard_against_soft(c):
    return [f"**{1000 * (rate(c, 'plain') - rate(c, 'hard-labels')):,.0f}**"]


def expected_left_at_one(c):
    plain, hard = rate(c, "plain"), rate(c, "hard-labels")
    if plain <= hard:
        return ["no effect"]
    return [f"**{percent((rate(c, 'temperature-1') - hard) / (plain - hard))}**"]


def expected_offset_without_knowledge(c):
    return [f"**{percent(rate(c, name, 'student_after'))}**" for name in ("hard-labels", "plain")]


def synthetic_errors(c):
    """Return the errors on the data set shown: teacher's, hard labels', distilled by T."""
    sums = {}
    seeds = c.table("synthetic")["seeds"]
    for seed in seeds:
        for record in seed["data_sets"]:
            if f"{record['class_separation']:g}-{record['informative_share']:g}" == "0.6-0.8":
                found = (record["teacher"], record["hard_student"], *record["distilled"])
                for place, errors in enumerate(found):
                    sums[place] = sums.get(place, 0) + errors
    teacher, hard, *distilled = (total / len(seeds) for total in sums.values())
    return teacher, hard, distilled


def expected_avoided(c):
    _, hard, distilled = synthetic_errors(c)
    return [f"**{hard - min(distilled):,.1f}** fewer", "at T = 3 "]


def expected_gap_closed(c):
    teacher, hard, distilled = synthetic_errors(c)
    return [f"**{percent((hard - min(distilled)) / (hard - teacher))}**"]


def expected_networks(c):
    seeds = c.table("synthetic")["seeds"]
    count = sum(2 + len(record["distilled"]) for seed in seeds for record in seed["data_sets"])
    return [f"**{count:,}**"]


def expected_one_more_run(c):
    """Student's t of two degrees of freedom has a closed form: t = u √(2 / (1 − u²)), u = 0.95."""
    first = published.FIGURES["am207"][0]
    ours = scattered(first)
    mean = sum(ours) / 3
    deviation = math.sqrt(sum((x - mean) ** 2 for x in ours) / 2)
    half = 0.95 * math.sqrt(2 / (1 - 0.95**2)) * deviation * math.sqrt(4 / 3)
    return [
        f"**{mean - half:.1f}**",
        f"**{mean + half:.1f}**",
        "published 168",
        "**inside**",
        "reaches 5.0 standard deviations either way",
    ]


def expected_counting_noise(c):
    """Simulated: the spread of differences of two counts, to a tenth."""
    rng = np.random.default_rng(0)
    counts = rng.binomial(10_000, 0.0168, (2, 40_000))
    simulated = 2 * (counts[0] - counts[1]).std()
    told = float(re.search(r"\*\*(\d+) errors", answer_of("reproductions", 1, c)).group(1))
    assert abs(told - simulated) < 0.75
    return ["p = 168 / 10,000"]


def expected_outside_by_chance(c):
    threes = sum(f.digit == 3 for f in published.FIGURES["am207"])
    return ["**0.9** figures", f"**{threes}** lie"]


def answer_of(page, place, context):
    return MATERIAL[page].exercises[place].answer(context)


CASES = [
    (page, place, exercise.answer.__name__)
    for page, material in MATERIAL.items()
    for place, exercise in enumerate(material.exercises)
]


@pytest.mark.parametrize(("page", "place", "name"), CASES)
def test_an_answer_says_what_another_computation_finds(context_of, page, place, name):
    context = context_of(page)
    answer = MATERIAL[page].exercises[place].answer(context)
    wanted = globals()[f"expected_{name}"](context)
    assert wanted
    for part in wanted:
        assert part in answer, (part, answer)
    assert "nan" not in answer


@pytest.mark.parametrize("page", MATERIAL)
def test_a_question_names_what_the_run_left_out(context_of, page):
    for exercise in MATERIAL[page].exercises:
        question = teaching.asked(exercise, context_of(page))
        assert question.endswith((".", "?", ")"))
        assert "{" not in question


# Every page has its material


def registered():
    """Return the pages that Home.py registers."""
    tree = ast.parse((ROOT / "dashboard" / "Home.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "TITLES":
            return list(ast.literal_eval(node.value))
    raise AssertionError("Home.py lists no pages")


def snippet_file(page):
    return teaching.TOPICS.parents[1] / (teaching.snippet_module(page).replace(".", "/") + ".py")


ENGINE = {"kdengine", *(f"kdengine.{room}" for room in ("data", "nets", "offsets", "store"))}
ENGINE |= {"kdengine.recipes", "kdengine.studies", "kdengine.synthetic", "kdengine.training"}


def test_every_page_has_material_or_says_why_not():
    pages = registered()
    assert len(pages) > 5
    assert [page for page in pages if page not in MATERIAL and page not in EXEMPT] == []
    assert MATERIAL.keys() & EXEMPT.keys() == set()
    assert all(EXEMPT.values())


@pytest.mark.parametrize("page", MATERIAL)
def test_material_is_whole(page):
    exercises = MATERIAL[page].exercises
    assert len(exercises) == len({e.question for e in exercises}) == 3
    assert snippet_file(page).is_file()


def test_no_snippet_is_left_over():
    found = set(teaching.TOPICS.rglob("*snippet.py"))
    assert found == {snippet_file(page) for page in MATERIAL}


# The snippets


@pytest.mark.parametrize("page", MATERIAL)
def test_a_snippet_calls_the_engine_alone_and_is_short(page):
    source = snippet_file(page).read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported <= {"statistics"} | ENGINE
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    assert len(source.splitlines()) <= 45


def printed_by(source, folder):
    """Run *source* as a script and return what it prints."""
    path = folder / "snippet.py"
    path.write_text(source, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        runpy.run_path(str(path), run_name="__main__")
    return output.getvalue()


def numbers(text):
    """Return the numbers in *text*, as they are written, without signs and thousands' commas."""
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    return [token.rstrip(",").replace(",", "") for token in found]


def is_shown(value, tokens):
    """Return whether a page shows *value*, rounded as it likes but to two digits at least."""
    for token in tokens:
        decimals = len(token.partition(".")[2])
        says_something = len(token.replace(".", "").lstrip("0")) > 1 or token == value
        if says_something and f"{float(value):.{decimals}f}" == token:
            return True
    return False


def text_of(page):
    """Return what a page says, its charts' text alternatives among it."""
    parts = [element.value for element in [*page.main.title, *page.main.markdown]]
    specs = [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]
    parts += [str(spec.get("description", "")) for spec in specs]
    return " ".join(parts)


def open_part(app, page, part):
    """Open the panel below *page* at one of its parts."""
    app.session_state[f"teaching_{page}_open"] = True
    app.session_state[f"teaching_{page}_part"] = part
    return app.run()


def run_shown(page, folder, **query):
    """Open *page*; return its text without the panel, its snippet, and what that prints."""
    app = open_page(page, **query)
    assert not app.exception
    text = text_of(app)
    (code,) = open_part(app, page, "python").main.code
    return text, code.value, printed_by(code.value, folder)


@pytest.mark.parametrize("page", SHOWN_HERE)
def test_a_snippet_gives_the_numbers_that_the_page_shows(full_store, tmp_path, page):
    shown, _, printed = run_shown(page, tmp_path, **ADDRESSES.get(page, {}))
    if page in ("learning", "train"):  # the page tells the first epoch, the last and what follows
        lines = printed.splitlines()
        printed = "\n".join([lines[0], *lines[-2:]])
    printed = re.sub(r"epoch \d+|[a-z]+-[\w-]+:|\{.*?\}|\d seeds|omit\d", "", printed)
    tokens = numbers(shown)
    found = numbers(printed)
    assert len(found) >= 2
    assert [value for value in found if not is_shown(value, tokens)] == []


def test_that_check_notices_a_wrong_number():
    tokens = numbers("**905 of 1,010** threes, 3.5\u00a0%")
    assert is_shown("905", tokens) and is_shown("1010", tokens) and is_shown("3.4999", tokens)
    assert (
        not is_shown("906", tokens) and not is_shown("3.56", tokens) and not is_shown("4", tokens)
    )


@pytest.mark.parametrize(
    ("page", "query", "line"),
    [
        ("offset", {"criterion": "paper"}, 'criterion = "paper"'),
        ("offset", {"criterion": "teacher-mass", "probe": "100"}, "probe_size = 100"),
        ("offset", {"offset": "1.5"}, "by_hand = 1.5"),
        ("soft_targets", {"image": "11", "T": "2.5"}, "temperature = 2.5"),
        ("draw", {"image": "11", "T": "2.5", "offset": "3"}, "offset = 3.0"),
    ],
)
def test_a_snippet_follows_the_pages_controls(full_store, tmp_path, page, query, line):
    shown, source, printed = run_shown(page, tmp_path, **query)
    assert line in source
    printed = re.sub(r"[a-z]+-[\w-]+:", "", printed)
    tokens = numbers(shown)
    assert [value for value in numbers(printed) if not is_shown(value, tokens)] == []


def test_a_snippet_runs_as_it_lies_there(monkeypatch):
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    command = [sys.executable, "-m", "dashboard.topics.story.snippet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(numbers(done.stdout)) == 4


def test_a_snippet_without_the_wanted_line_is_an_error():
    with pytest.raises(KeyError, match="does not assign nonsense once"):
        teaching.snippet("story", {"nonsense": 1})


# The formulas


def test_the_offsets_formula_balances(context_of):
    context = context_of("offset")
    latex, _ = MATERIAL["offset"].formula(context)
    frequency = f"{share(context.run.student.train_labels, 3):.4f}"
    assert f"{frequency} &= {frequency}" in latex
    assert f"b = {context.chosen:+.3f}" in latex


def test_the_softmax_formula_is_the_images(context_of):
    context = context_of("soft_targets")
    latex, words = MATERIAL["soft_targets"].formula(context)
    p = softened(context.run.teacher.test_logits[[7]], 5.0)[0]
    second = int(p.argsort()[-2])
    assert rf"p_{{{second}}} &=" in latex
    assert latex.replace(r"\end{aligned}", "").endswith(f"= {number(p[second])}")
    assert "test image 7 at T = 5" in words


def test_the_loss_formula_adds_up(context_of):
    latex, _ = MATERIAL["train"].formula(context_of("train"))
    (scaled, _) = expected_scaled_loss(context_of("train"))
    assert rf"= {scaled.strip('*')}\end" in latex
    assert r"1\cdot 20^2\cdot" in latex


@pytest.mark.parametrize("page", MATERIAL)
def test_every_formula_has_numbers_words_and_whole_brackets(context_of, page):
    latex, words = MATERIAL[page].formula(context_of(page))
    assert re.search(r"\d\.\d", latex) and "nan" not in latex
    assert latex.count("{") == latex.count("}")
    assert words.endswith(".")


# The panel


def toggles_of(app):
    """Return the switches that ask for answers."""
    return [toggle for toggle in app.main.toggle if (toggle.key or "").startswith("teaching_")]


@pytest.mark.parametrize("page", SHOWN_HERE)
def test_the_panel_is_closed_at_first_and_answers_are_hidden_until_asked_for(full_store, page):
    app = open_page(page, **ADDRESSES.get(page, {}))
    panel = app.main.expander[-1]
    assert panel.label.startswith("Exercises")
    assert not panel.proto.expanded
    assert not app.main.code and not toggles_of(app)
    open_part(app, page, "exercises")
    before = len(app.main.success)
    assert len(toggles_of(app)) == 3
    toggles_of(app)[1].set_value(True).run()
    assert not app.exception
    assert len(app.main.success) == before + 1


@pytest.mark.parametrize("omitted", [(), (3, 5)])
@pytest.mark.parametrize("page", ["soft_targets", "draw", "train"])
def test_the_panel_survives_other_choices_of_digits(empty_store, page, omitted):
    make_store(empty_store, omitted=omitted)
    app = open_page(page, learn="exercises")
    assert len(toggles_of(app)) == 3
    for toggle in toggles_of(app):
        toggle.set_value(True)
    assert not app.run().exception
    for part in ("formula", "python", "words"):
        assert not open_part(app, page, part).exception


def test_an_unknown_part_is_refused_and_the_panel_stays_closed(small_store):
    opened = open_page("story", learn="<b>everything")
    assert not opened.exception
    assert any("learn='beverything'" in warning.value for warning in opened.warning)
    assert not opened.main.expander[-1].proto.expanded


def test_the_words_of_a_page_are_those_of_the_glossary(small_store):
    opened = open_page("soft_targets", learn="words")
    assert any("**Softmax**" in text.value for text in opened.main.markdown)


def test_settings_are_named_in_words():
    assert teaching_tables.setting_name({}) == "the recipe as it is"
    named = teaching_tables.setting_name({"teacher.epochs": 3, "hidden_sizes": [30, 30]})
    assert named == "teacher's epochs 3, hidden sizes 30-30"
    assert teaching_tables.FIRST_ABLATION == next(iter(ablations_views.ABLATIONS))
