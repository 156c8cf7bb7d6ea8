"""Page: train a student and watch it learn, or look at how a stored one learned."""

from io import BytesIO

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard.charting import display
from dashboard.core import numbers, params, presenter, prose, runs, show
from dashboard.core.cache import loaded, stored_data
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import described
from dashboard.core.params import Params
from dashboard.figures import phases
from dashboard.jobs import processes, readiness
from dashboard.topics.train import charts, figures, load_page, wall
from kdengine.config import CLASSES, TeacherConfig, run_key, to_dict
from kdengine.data import mnist_files
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import plans
from kdengine.recipes.known import RECIPES
from kdengine.recipes.own import CLASSROOM
from kdengine.store import archive
from kdengine.store import runs as store

POLL_SECONDS = 0.7
NO_DIGIT, RECIPES_OWN = "none", "the recipe's"
MOST_EPOCHS = 200
state = st.session_state
at = Params("train")
words = prose.beside(__file__)


def start(request: dict) -> None:
    """Start a training; what is in the way of it is told on the page."""
    state["train_trouble"] = processes.trouble(processes.start, request)


def cancel(job_id: str) -> None:
    """Cancel a training; it may have gone meanwhile."""
    state["train_trouble"] = processes.trouble(processes.cancel, job_id)


def packed() -> BytesIO:
    """Return the chosen experiment's runs as a zip."""
    content = BytesIO()
    archive.export_runs(archive.experiment_keys(shown.key), content)
    content.seek(0)
    return content


def choose_settings(place_for_more: DeltaGenerator) -> dict:
    """Draw the settings of a training, the rarer ones elsewhere; return them as a request."""
    recipe = at.choice("recipe", RECIPES, CLASSROOM.name)
    titles = " · ".join(recipe.title for recipe in RECIPES.values())
    st.selectbox("Recipe", list(RECIPES), help=titles, **at.bind("recipe"))
    sets, problems = runs.data_sets()
    digits = [*range(CLASSES), NO_DIGIT]
    name, omitted = at.choice("dataset", sets, next(iter(sets))), at.choice("leave", digits, 3)
    dataset, called = sets[name], described(name)
    teachers = runs.own_teachers(dataset)
    teacher = at.choice("teacher", teachers, None)
    left, right = st.columns(2)
    left.selectbox("Dataset", list(sets), **at.bind("dataset"))
    right.selectbox(
        "Digit left out" if called.has_digits else "Class left out",
        digits,
        format_func=lambda digit: digit if digit == NO_DIGIT else called.classes[digit],
        **at.bind("leave"),
    )
    if "mnist" not in sets:
        what = "are others" if mnist_files.are_others() else "are not here (yet)"
        st.caption(f"MNIST's files {what}; digits comes with scikit-learn.")
    if may_train:
        for problem in problems:
            st.caption(show.told(problem))
    if teachers:
        names = {RECIPES_OWN: RECIPES_OWN} | {key: runs.own_name(key) for key in teachers}
        st.selectbox("Teacher", **at.bind("teacher", names, none=RECIPES_OWN))
    # Each recipe has its own on each dataset.
    own, of = plans.experiment(RECIPES[recipe], dataset=dataset), (recipe, dataset)
    # As long as this page is looked at: another is unused when its training has ended.
    first_seed = state.setdefault("train_first_seed", phases.unused_seed(runs.listed()))
    request = {
        "recipe": recipe,
        "dataset": dataset,
        "omitted_classes": [] if omitted == NO_DIGIT else [omitted],
        "temperature": at.number("T", 0.1, 1000.0, float(own.student.temperature), of=of),
        "seed": at.whole("seed", range(10**6 + 1), first_seed),
        "with_baseline": at.flag("baseline"),
        "soft_weight": at.number("soft", 0.0, 1000.0, float(own.student.soft_weight), of=of),
        "hard_weight": at.number("hard", 0.0, 1000.0, float(own.student.hard_weight), of=of),
        "criterion": at.choice("criterion", CRITERIA, own.rule.criterion, of=of),
    }
    if teacher is not None:
        request["teacher"] = to_dict(teachers[teacher])
    for name, config in (("teacher_epochs", own.teacher), ("student_epochs", own.student)):
        asked = at.whole(name, range(1, MOST_EPOCHS + 1), config.epochs, of=of)
        if asked != config.epochs:  # the recipe's own may grow, where images are few
            request[name] = asked
    softened = "Teacher and student are softened by it while the student learns."
    left.number_input("Temperature T", 0.1, 1000.0, help=softened, **at.bind("T"))
    right.number_input("Seed", 0, 10**6, **at.bind("seed"))
    epochs = {"disabled": teacher is not None, **at.bind("teacher_epochs")}
    left.number_input("Teacher's epochs", 1, MOST_EPOCHS, **epochs)
    right.number_input("Student's epochs", 1, MOST_EPOCHS, **at.bind("student_epochs"))
    st.checkbox("Also train the hard-label student", **at.bind("baseline"))
    with place_for_more.popover("More", width="stretch"):
        st.number_input("Weight of the soft targets", 0.0, 1000.0, **at.bind("soft"))
        st.number_input("Weight of the hard labels", 0.0, 1000.0, **at.bind("hard"))
        st.selectbox("How the offset is chosen", CRITERIA, **at.bind("criterion"))
        replaces = "Even what is stored; the new run takes the place of the old one."
        # In no link: whoever opens one does not mean to replace a run.
        request["fresh"] = st.checkbox("Train anew", key="train_fresh", help=replaces)
    return request


def is_about(job: processes.Job) -> bool:
    """Return whether the page still speaks of a training: until another run is chosen."""
    seen = state.setdefault("train_seen", {})
    if job.is_live:
        seen[job.id] = state.get("run_key")
    return seen.setdefault(job.id, state.get("run_key")) == state.get("run_key")


def followed() -> processes.Job | None:
    """Return the job whose curves belong on the page: a live one, or the one just watched."""
    for job in processes.live()[:1]:
        state["train_followed"] = job.id
        return job if is_about(job) else None
    try:
        job = processes.read(state.get("train_followed"))
    except (ValueError, processes.JobNotFound):
        return None
    return job if is_about(job) else None


def show_status() -> None:
    """Draw the sentence and, while a job is live, its progress and the queue."""
    live = processes.live()
    if [job.id for job in live[:1]] != trained_then:
        st.rerun()  # one has ended: there is a new run in the sidebar
    if not live:
        show.lead(words["lead" if may_train else "lead_audience"])
        return
    job, *waiting = live
    parts = phases_of(job)
    show.lead(figures.live_sentence(parts, focus_of(job)))
    left = phases.seconds_left(parts, job.seconds_since_last_event)
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(
        phases.share_done(parts, left),
        text=f"{phases.progress_text(parts, job.state, 0, left)} · "
        f"{figures.plan_line(job.plan, job.with_baseline)}",
    )
    offer_cancel(button, job)
    for place, other in enumerate(waiting, start=1):
        line, button = st.columns([6, 1], vertical_alignment="center")
        told = figures.plan_line(other.plan, other.with_baseline)
        line.markdown(f"{place} in the queue: {told}")
        offer_cancel(button, other)


def offer_cancel(place: DeltaGenerator, job: processes.Job) -> None:
    """Draw the button that cancels a job, for who may."""
    if may_train:
        place.button("Cancel", key=f"train_cancel_{job.id}", on_click=cancel, args=(job.id,))


def pictured() -> tuple[processes.Job | None, list[phases.Phase]]:
    """Return the job whose pictures belong on the page, None for the chosen run's; its phases."""
    job = followed()
    parts = phases_of(job) if job is not None else []
    if job is not None and (job.is_live or any(phase.records for phase in parts)):
        return job, parts
    return None, [] if shown is None else phases.phases_of_run(shown)


def show_wall() -> None:
    """Draw the wall of what the student is not to know, where there are pictures of it."""
    job, parts = pictured()
    if job is None and shown is None:
        return
    student = shown.student.config if job is None else job.plan.student
    held = loaded(wall.held_out, stored_data(student.dataset), student.omitted_classes)
    if held is not None:
        right, whose = wall.live(parts, held.count) if job else (right_of(shown), words["stored"])
        if right is None or len(right) == held.count:
            st.html(wall.style(held))
            st.html(wall.html(held, right, whose))


def right_of(stored: Experiment) -> NDArray[np.bool_]:
    """Return which images of its omitted classes a stored student has right."""
    student = stored.student
    own = np.isin(student.test_labels, student.config.omitted_classes)
    return student.test_logits[own].argmax(axis=1) == student.test_labels[own]


def show_curves() -> None:
    """Draw the learning curves of the job on the page, else those of the chosen run."""
    job, parts = pictured()
    if job is not None:
        focus = focus_of(job)
        st.subheader("Learning curves of the training" + (" so far" if job.is_live else ""))
    elif shown is not None:
        focus = shown.omitted_class
        st.subheader("Learning curves of the stored run")
        st.caption(words["curves"])
    else:
        return
    if not parts:
        st.caption(words["no_curves"])
        return
    accuracies = phases.accuracy_table(parts, focus)
    groups = phases.image_groups(focus)
    placed = phases.phase_table(parts)
    # A chart is drawn anew when its words change, so a growing one keeps the same words.
    description = (
        "Accuracy after each epoch, growing while the networks learn."
        if job is not None and job.is_live
        else figures.curves_description(accuracies, groups[0])
    )
    losses, names = phases.loss_table(parts), list(phases.LOSSES.values())
    in_words = "Training and test loss after each epoch, on a logarithmic axis."
    for key, build, table, told, about in (
        ("train_accuracy", charts.accuracy_curves, accuracies, groups, description),
        ("train_loss", charts.loss_curves, losses, names, in_words),
    ):
        display.chart(display.figure(build, table, placed, told, description=about), key=key)


def phases_of(job: processes.Job) -> list[phases.Phase]:
    """Return a job's phases."""
    return phases.phases_of_job(job.plan, job.with_baseline, job.events)


def focus_of(job: processes.Job) -> int | None:
    """Return the class a job leaves out."""
    return next(iter(job.plan.student.omitted_classes), None)


def show_last() -> None:
    """Tell how the last training ended, and lead to its run, until another is chosen."""
    job, watched = processes.last_finished(), followed()
    if job is None or not is_about(job):
        return
    is_watched = watched is not None and watched.id == job.id
    line = figures.plan_line(job.plan, job.with_baseline)
    if job.state == "cancelled":
        if is_watched:
            st.info(f"Cancelled: {line}. Nothing of the network that was being trained is kept.")
    elif job.state == "failed":
        st.warning(f"Failed: {line}. {presenter.told(job.message)}")
    else:
        key = run_key(job.plan.student)
        told, button = st.columns([5, 1.3], vertical_alignment="center")
        sentence = figures.result_sentence(job.result, focus_of(job))
        told.success(sentence if is_watched else f"The last training, {line}. {sentence}")
        if button.button(
            "Look at it",
            type="primary",
            key="train_look",
            disabled=not store.exists(key),
        ):
            params.go("story", {"run": key})


st.title("Train")
shown = runs.selected()
may_train = presenter.is_presenter()
if (job := followed()) is not None:
    numbers.speak(described(job.plan.student.dataset))
trained_then = [job.id for job in processes.live()[:1]]
every = POLL_SECONDS if trained_then else None
show.fragment(show_status, run_every=every)()
if shown is None and not trained_then:
    st.info(runs.missing_run_help())
if not trained_then:
    show_last()

# On a phone the first column comes first: who may not train has the wall there.
columns = st.columns([1, 1.9] if may_train else [1.9, 1], gap="medium")
settings, picture = columns if may_train else columns[::-1]
with settings:
    if not may_train:
        st.info("Here only the presenter trains. Choose a stored run to see how it learned.")
    obstacle = readiness.obstacle()
    if may_train and obstacle:
        st.info(show.told(obstacle[0].upper() + obstacle[1:] + "."))
    everyday, like = st.container(), {}
    place_for_start, place_for_more = st.columns([2, 1])
    with everyday:
        request = choose_settings(place_for_more)
    try:
        plan = processes.plan_of(request)
    except ValueError as error:
        st.warning(show.told(error))
    else:
        place_for_start.button(
            "Start",
            type="primary",
            key="train_start",
            on_click=start,
            args=(request,),
            width="stretch",
            disabled=not may_train or bool(obstacle),
        )
        like = {"teacher": TeacherConfig(epochs=1, dataset=request["dataset"])}
        like["student"] = plan.student
        networks = {"teacher": plan.teacher, "student": plan.student}
        if request["with_baseline"]:
            networks["baseline"] = plan.baseline
        stored = {role: store.exists(run_key(config)) for role, config in networks.items()}
        st.caption(figures.planned_work(plan, stored, request["fresh"]))
    if state.get("train_trouble"):
        st.warning(show.told(state["train_trouble"]))
    st.caption(words["noise"].format(title=prose.title("noise")))
with picture:
    show.fragment(show_wall, run_every=every)()
with st.container(key="train_wide_picture"):
    show.fragment(show_curves, run_every=every)()

given, taken = st.columns(2, gap="medium")
with given:
    st.subheader("Take this run with you")
    if shown is not None:
        st.download_button(
            "Download the chosen run (zip)",
            # Nothing that could be asked for is there for the audience, whatever its button says.
            data=packed if may_train else b"",
            disabled=not may_train,
            file_name=f"{shown.key}.zip",
            mime="application/zip",
            key="train_download",
            on_click="ignore",
        )
        st.caption("Student, teacher and, if stored, hard-label student: weights, logits, figures.")
with taken:
    load_page.draw(may_train, like, at)
