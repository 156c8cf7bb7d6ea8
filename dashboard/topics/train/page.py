"""Page: train a student and watch it learn, or look at how a stored one learnt."""

from io import BytesIO

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.charting import display
from dashboard.core import presenter, runs, show, sidebar
from dashboard.figures import phases as phase_views
from dashboard.jobs import job_files
from dashboard.jobs import processes as jobs
from dashboard.topics.train import charts
from dashboard.topics.train import figures as views
from kdengine.config import CLASSES, run_key
from kdengine.data import mnist_files
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import plans
from kdengine.recipes.known import RECIPES
from kdengine.recipes.own import CLASSROOM
from kdengine.store import archive
from kdengine.store import runs as store

POLL_SECONDS = 0.7
NO_DIGIT = "none"


def start(request: dict) -> None:
    """Start a training; what is in the way of it is told on the page."""
    st.session_state["train_trouble"] = ""
    try:
        jobs.start(request)
    except (ValueError, OSError, jobs.QueueFull) as error:
        st.session_state["train_trouble"] = job_files.words_of(error)


def cancel(job_id: str) -> None:
    """Cancel a training; it may have gone meanwhile."""
    try:
        jobs.cancel(job_id)
    except (ValueError, OSError) as error:
        st.session_state["train_trouble"] = job_files.words_of(error)


def choose_run(key: str) -> None:
    """Make *key* the run that the sidebar has chosen."""
    sidebar.choose(key)


def take_upload() -> None:
    """Check an uploaded archive, store its runs, choose its student."""
    uploaded = st.session_state["train_upload"]
    if uploaded is None:
        return
    try:
        presenter.require("store runs")
        keys = archive.import_runs(uploaded)
    except (ValueError, OSError) as error:
        st.session_state["train_upload_outcome"] = (
            False,
            f"Nothing was stored: {job_files.words_of(error)}",
        )
        return
    st.session_state["train_upload_outcome"] = (True, f"Stored: {', '.join(keys)}")
    for key in keys:
        if key.startswith("student-"):
            choose_run(key)


def packed() -> BytesIO:
    """Return the chosen experiment's runs as a zip."""
    content = BytesIO()
    archive.export_runs(archive.experiment_keys(shown.key), content)
    content.seek(0)
    return content


def choose_settings(place_for_more: DeltaGenerator) -> dict:
    """Draw the settings of a training, the rarer ones elsewhere; return them as a request."""
    recipe = st.selectbox(
        "Recipe",
        list(RECIPES),
        index=list(RECIPES).index(CLASSROOM.name),
        key="train_recipe",
        help=" · ".join(recipe.title for recipe in RECIPES.values()),
    )
    has_mnist = mnist_files.present()
    left, right = st.columns(2)
    dataset = left.selectbox(
        "Dataset", ["mnist", "digits"] if has_mnist else ["digits"], key="train_dataset"
    )
    omitted = right.selectbox(
        "Digit left out", [*range(CLASSES), NO_DIGIT], index=3, key="train_omitted"
    )
    if not has_mnist:
        st.caption("MNIST's files are not here (yet); digits comes with scikit-learn.")
    own, of_own = plans.experiment(RECIPES[recipe], dataset=dataset), f"{recipe}_{dataset}"
    first_seed = st.session_state.setdefault(
        "train_first_seed", phase_views.unused_seed(runs.listed())
    )
    temperature = left.number_input(
        "Temperature T",
        min_value=0.1,
        max_value=1000.0,
        value=float(own.student.temperature),
        key=f"train_temperature_{of_own}",
        help="Teacher and student are softened by it while the student learns.",
    )
    seed = right.number_input(
        "Seed", min_value=0, max_value=10**6, value=first_seed, key="train_seed"
    )
    # Those that the recipe makes, of which few images need more than it says.
    planned = {phase.role: phase.epochs for phase in phase_views.phases_of_job(own, False, [])}
    epochs = {
        role: place.number_input(
            f"{role.capitalize()}'s epochs",
            1,
            200,
            planned[role],
            key=f"train_{role}_epochs_{of_own}",
        )
        for role, place in (("teacher", left), ("student", right))
    }
    with_baseline = st.checkbox("Also train the hard-label student", key="train_with_baseline")
    with place_for_more.popover("More", width="stretch"):
        soft_weight = st.number_input(
            "Weight of the soft targets",
            0.0,
            1000.0,
            float(own.student.soft_weight),
            key=f"train_soft_weight_{of_own}",
        )
        hard_weight = st.number_input(
            "Weight of the hard labels",
            0.0,
            1000.0,
            float(own.student.hard_weight),
            key=f"train_hard_weight_{of_own}",
        )
        criterion = st.selectbox(
            "How the offset is chosen",
            CRITERIA,
            index=CRITERIA.index(own.rule.criterion),
            key=f"train_criterion_{of_own}",
        )
        fresh = st.checkbox(
            "Train anew",
            key="train_fresh",
            help="Even what is stored; the new run takes the place of the old one.",
        )
    return {
        "recipe": recipe,
        "dataset": dataset,
        "seed": int(seed),
        "omitted_classes": [] if omitted == NO_DIGIT else [omitted],
        "temperature": float(temperature),
        "soft_weight": float(soft_weight),
        "hard_weight": float(hard_weight),
        **{
            f"{role}_epochs": None if number == planned[role] else int(number)
            for role, number in epochs.items()
        },
        "criterion": criterion,
        "with_baseline": with_baseline,
        "fresh": fresh,
    }


def followed() -> jobs.Job | None:
    """Return the job whose curves belong on the page: a live one, or the one just watched."""
    live = jobs.live()
    if live:
        st.session_state["train_followed"] = (live[0].id, st.session_state.get("run_key"))
        return live[0]
    job_id, run_then = st.session_state.get("train_followed", (None, None))
    if job_id is None or run_then != st.session_state.get("run_key"):
        return None
    try:
        return jobs.read(job_id)
    except jobs.JobNotFound:
        return None


def show_status() -> None:
    """Draw the sentence and, while a job is live, its progress and the queue."""
    live = jobs.live()
    if [job.id for job in live[:1]] != trained_then:
        st.rerun()  # one has ended: there is a new run in the sidebar
    if not live:
        watched = followed()
        if shown is not None and (watched is None or watched.state != "done"):
            show.lead(views.run_sentence(shown))
        return
    job, *waiting = live
    phases = phases_of(job)
    focus = focus_of(job)
    held_out = phase_views.held_out_count(runs.listed(), job.experiment.student.dataset, focus)
    show.lead(views.live_sentence(phases, focus, held_out))
    left = phase_views.seconds_left(phases, job.seconds_since_last_event)
    bar, button = st.columns([6, 1], vertical_alignment="center")
    bar.progress(
        phase_views.share_done(phases, left),
        text=f"{views.progress_text(phases, job.state, 0, left)} · "
        f"{views.plan_line(job.experiment, job.request.get('with_baseline') is True)}",
    )
    offer_cancel(button, job)
    for place, other in enumerate(waiting, start=1):
        line, button = st.columns([6, 1], vertical_alignment="center")
        line.markdown(
            f"{place} in the queue: "
            f"{views.plan_line(other.experiment, other.request.get('with_baseline') is True)}"
        )
        offer_cancel(button, other)


def offer_cancel(place: DeltaGenerator, job: jobs.Job) -> None:
    """Draw the button that cancels a job."""
    key = f"train_cancel_{job.id}"
    place.button("Cancel", key=key, on_click=cancel, args=(job.id,), disabled=not may_train)


def show_curves() -> None:
    """Draw the learning curves of the job on the page, else those of the chosen run."""
    job = followed()
    is_live = job is not None and job.is_live
    phases = phases_of(job) if job is not None else []
    if is_live or any(phase.records for phase in phases):
        focus = focus_of(job)
        st.markdown(f"**Learning curves of the training**{' so far' if is_live else ''}")
    elif shown is not None:
        phases, focus = phase_views.phases_of_run(shown), shown.omitted_class
        st.markdown("**Learning curves of the stored run** chosen in the sidebar")
    else:
        return
    accuracies = phase_views.accuracy_table(phases, focus)
    groups = phase_views.image_groups(focus)
    placed = phase_views.phase_table(phases)
    # A chart is drawn anew when its words change, so a growing one keeps the same words.
    description = (
        "Accuracy after each epoch, growing while the networks learn."
        if is_live
        else views.curves_description(accuracies, groups[0])
    )
    display.chart(
        display.figure(charts.accuracy_curves, accuracies, placed, groups, description=description),
        key="train_accuracy",
    )
    display.chart(
        display.figure(
            charts.loss_curves,
            phase_views.loss_table(phases),
            placed,
            list(phase_views.LOSSES.values()),
            description="Training and test loss after each epoch, on a logarithmic axis.",
        ),
        key="train_loss",
    )


def phases_of(job: jobs.Job) -> list[phase_views.Phase]:
    """Return a job's phases."""
    return phase_views.phases_of_job(
        job.experiment, job.request.get("with_baseline") is True, job.events
    )


def focus_of(job: jobs.Job) -> int | None:
    """Return the class a job leaves out."""
    omitted = job.experiment.student.omitted_classes
    return omitted[0] if omitted else None


def show_last() -> None:
    """Tell how the last training ended, and lead to its run."""
    job, watched = jobs.last_finished(), followed()
    if job is None or (job.state == "cancelled" and (watched is None or watched.id != job.id)):
        return
    line = views.plan_line(job.experiment, job.request.get("with_baseline") is True)
    if job.state == "cancelled":
        st.info(f"Cancelled: {line}. Nothing of the network that was being trained is kept.")
    elif job.state == "failed":
        st.warning(f"Failed: {line}. {job.message}")
    else:
        key = run_key(job.experiment.student)
        sentence, button = st.columns([5, 1.3], vertical_alignment="center")
        sentence.success(views.result_sentence(job.result, focus_of(job)))
        if button.button(
            "Look at it",
            type="primary",
            key="train_look",
            on_click=choose_run,
            args=(key,),
            disabled=not store.exists(key),
        ):
            st.switch_page("topics/story/page.py")


st.title("Train")
shown = runs.selected()
may_train = presenter.is_presenter()
trained_then = [job.id for job in jobs.live()[:1]]
every = POLL_SECONDS if trained_then else None
st.fragment(show_status, run_every=every)()
if shown is None and not trained_then:
    st.info(runs.MISSING_RUN_HELP)
if not trained_then:
    show_last()

settings, picture = st.columns([1, 1.9], gap="medium")
with settings:
    everyday = st.container()
    place_for_start, place_for_more = st.columns([2, 1])
    with everyday:
        request = choose_settings(place_for_more)
    try:
        plan = jobs.experiment_of(request)
    except ValueError as error:
        st.warning(str(error))
    else:
        place_for_start.button(
            "Start",
            type="primary",
            key="train_start",
            on_click=start,
            args=(request,),
            width="stretch",
            disabled=not may_train,
        )
        networks = {"teacher": plan.teacher, "student": plan.student}
        if request["with_baseline"]:
            networks["baseline"] = plan.baseline
        stored = {role: store.exists(run_key(config)) for role, config in networks.items()}
        st.caption(views.planned_work(plan, stored, request["fresh"]))
    if not may_train:
        st.info("On this server only the presenter trains. The stored runs are all yours.")
    if st.session_state.get("train_trouble"):
        st.warning(st.session_state["train_trouble"])
with picture:
    with st.container(key="train_wide_picture"):
        st.fragment(show_curves, run_every=every)()

given, taken = st.columns(2, gap="medium")
with given:
    st.subheader("Take this run with you")
    if shown is not None:
        st.download_button(
            "Download the chosen run (zip)",
            data=packed,
            file_name=f"{shown.key}.zip",
            mime="application/zip",
            key="train_download",
            on_click="ignore",
        )
        st.caption("Student, teacher and, if stored, hard-label student: weights, logits, figures.")
with taken:
    st.subheader("Load a run from a file")
    st.file_uploader(
        "A zip that this page or `python -m kdengine export` wrote",
        type="zip",
        max_upload_size=64,
        key="train_upload",
        on_change=take_upload,
        disabled=not may_train,
    )
    if "train_upload_outcome" in st.session_state:
        is_stored, message = st.session_state["train_upload_outcome"]
        (st.success if is_stored else st.error)(message)
