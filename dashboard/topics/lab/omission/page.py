"""Page: leave out any digits and see what the student still recognises."""

import streamlit as st

from dashboard.charting import display, theme
from dashboard.core import presenter, runs, show, tables
from dashboard.core.cache import cached
from dashboard.figures import answers, phases
from dashboard.jobs import job_files
from dashboard.jobs import processes as jobs
from dashboard.topics.lab.omission import cases as omission_cases
from dashboard.topics.lab.omission import charts, findings, frequencies
from dashboard.topics.lab.omission import figures as views
from dashboard.topics.train import figures as train
from kdengine.config import run_key
from kdengine.data import mnist_files
from kdengine.recipes import recipe as recipes

POLL_SECONDS = 0.7
STYLE = """<style>
.st-key-omission_lab_keep button {min-width: 3.1rem; min-height: 2.9rem}
.st-key-omission_lab_keep button p {font-size: 1.45rem; font-weight: 600}
</style>"""
state = st.session_state


def take_address() -> None:
    """Start from what the address names, or from what was last looked at."""
    kept, asked = state.get("omission_lab_kept", {}), st.query_params
    digits = kept.get("keep", views.START)
    if "keep" in asked:
        named = views.parse_keep(asked["keep"])
        digits = views.START if named is None else named
        if named is None:
            st.warning(views.refused_keep(asked["keep"]))
    which, complaint = answers.checked(
        asked.get("map"), findings.MAPS, "kept", "a map", kept.get("map")
    )
    if complaint:
        st.warning(complaint)
    state["omission_lab_keep"], state["omission_lab_map"] = list(digits), which
    state["omission_lab_kept"] = {**kept, "keep": digits}
    if "frequencies" in asked:
        state["omission_lab_frequencies"] = asked["frequencies"][:200]


def choose(digits: tuple[int, ...]) -> None:
    """Show the student that saw *digits* alone."""
    state["omission_lab_keep"] = list(digits)


def choose_clicked(key: str) -> None:
    """Show the student of the map's cell that was clicked."""
    for cell in state[key]["selection"][charts.PAIR][:1]:
        named = {int(cell["low"]), int(cell["high"])}
        is_kept = state["omission_lab_map"] == "kept"
        choose(tuple(sorted(named)) if is_kept else omission_cases.others(named))
    state["omission_lab_clicks"] = state.get("omission_lab_clicks", 0) + 1


def chosen_digits() -> tuple[int, ...]:
    """Draw the ten toggles; return the digits kept, the last usable choice if this one is none."""
    st.html(STYLE)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    picked = left.pills(
        "**Digits in the transfer set:** switch any on or off",
        views.DIGITS,
        selection_mode="multi",
        wrap=True,
        key="omission_lab_keep",
    )
    right.button(
        "The paper's: 7 and 8", key="omission_lab_paper", on_click=choose, args=(views.START,)
    )
    problem = views.keep_problem(picked)
    if problem:
        st.warning(problem)
        return state["omission_lab_kept"]["keep"]
    return tuple(sorted(picked))


def stored_keys(omitted: tuple[int, ...]) -> dict[int, str]:
    """Return the stored students of the recipe that omit just these digits, by seed."""
    found = {}
    for entry in runs.students():
        if entry.config.dataset == dataset and entry.config.omitted_classes == omitted:
            plan = recipes.experiment(
                dataset=dataset, seed=entry.config.seed, omitted_classes=omitted
            )
            if run_key(plan.student) == entry.key:
                found[entry.config.seed] = entry.key
    return found


def students_of(omitted: tuple[int, ...]) -> list[omission_cases.Case]:
    """Return what is known of such students: those of the tables, and stored ones beside them.

    A run of another recipe is shown alone if the sidebar has chosen it.
    """
    keys = stored_keys(omitted)
    is_special = shown is not None and shown.student.config.omitted_classes == omitted
    if is_special and shown.key not in keys.values():
        st.caption(f"Shown: `{shown.key}`, the run chosen in the sidebar.")
        return measured([shown.key])
    known = omission_cases.students(swept, omitted)
    seeds = {case.seed for case in known}
    return omission_cases.students(
        [*known, *measured([key for seed, key in keys.items() if seed not in seeds])], omitted
    )


def measured(keys: list[str]) -> list[omission_cases.Case]:
    """Return stored runs as cases; one that cannot be measured is told and left out."""
    cases = []
    for key in keys:
        try:
            cases.append(cached(omission_cases.case_of_run, runs.experiment(key)))
        except (ValueError, OSError) as error:
            st.warning(f"{key} cannot be shown: {job_files.words_of(error)}")
    return cases


def start(request: dict) -> None:
    """Start a training; what is in the way of it is told on the page."""
    state["omission_lab_trouble"] = ""
    try:
        jobs.start(request)
    except (ValueError, OSError, jobs.QueueFull) as error:
        state["omission_lab_trouble"] = job_files.words_of(error)


def job_of(plan: recipes.Plan) -> jobs.Job | None:
    """Return the live training of that student, None if there is none."""
    return next((job for job in jobs.live() if job.experiment.student == plan.student), None)


def offer_training(omitted: tuple[int, ...]) -> None:
    """Say that such a student is not stored, and train one on demand."""
    request = {"dataset": dataset, "seed": 0, "omitted_classes": list(omitted)}
    plan = jobs.experiment_of(request)
    is_live = job_of(plan) is not None
    st.info(views.not_stored(omitted, swept))
    if dataset == "mnist" and not mnist_files.present():
        st.info(runs.pictures_help())
    elif not is_live:
        st.button(
            "Train it now",
            type="primary",
            key="omission_lab_train",
            disabled=not presenter.is_presenter(),
            on_click=start,
            args=(request,),
        )
    if state.get("omission_lab_trouble"):
        st.warning(state["omission_lab_trouble"])
    last = None if is_live else jobs.last_finished()
    if last is not None and last.state == "failed" and last.experiment.student == plan.student:
        st.warning(f"The last attempt failed. {last.message}")
    st.fragment(follow, run_every=POLL_SECONDS if is_live else None)(plan, is_live)
    st.page_link("topics/train/page.py", label="All trainings, with other settings: Train")


def follow(plan: recipes.Plan, was_live: bool) -> None:
    """Draw the progress of a live training; draw the page anew once it has ended."""
    job = job_of(plan)
    if (job is not None) != was_live:
        st.rerun()
    if job is None:
        return
    parts = phases.phases_of_job(job.experiment, False, job.events)
    left = phases.seconds_left(parts, job.seconds_since_last_event)
    ahead = [other.id for other in jobs.live()].index(job.id)
    st.progress(
        phases.share_done(parts, left), text=train.progress_text(parts, job.state, ahead, left)
    )


def draw_paper(cases: list[omission_cases.Case]) -> None:
    """Set the paper's figures for 7 and 8 beside ours."""
    colours = {
        "": theme.BASELINE,
        omission_cases.BEFORE: theme.STUDENT,
        omission_cases.AFTER: theme.STUDENT_AFTER,
    }
    st.html(
        show.cards(
            [
                show.Card(value, label, detail, "", colours[role])
                for value, label, detail, role in views.paper_figures(cases)
            ]
        )
    )
    st.markdown(views.paper_sentence(cases))


def draw_map(selected: tuple[int, ...]) -> None:
    """Draw the map of all pairs, which is also the quickest way to choose one."""
    which = st.segmented_control(
        "Two digits are",
        list(findings.MAPS),
        format_func=findings.MAPS.get,
        required=True,
        key="omission_lab_map",
    )
    groups = findings.groups(swept, which)
    if not groups:
        for name in ("keep-two", "keep-one") if which == "kept" else ("omit-pairs", "omit-one"):
            st.info(tables.sweep_help(name))
        return
    named = selected if which == "kept" else omission_cases.others(selected)
    key = f"omission_lab_map_{which}_{state.get('omission_lab_clicks', 0)}"
    display.chart(
        display.figure(
            charts.pair_map,
            findings.pair_map(groups, which, named),
            title=findings.map_title(groups, which),
            subtitle=findings.map_subtitle(groups, which),
        ),
        key=key,
        on_select=lambda: choose_clicked(key),
        selection_mode=charts.PAIR,
    )


def draw_more(cases: list[omission_cases.Case]) -> None:
    """Draw offsets, learning curve and confusion matrix of the student on the page."""
    st.subheader("This student in detail")
    left, right = st.columns(2, gap="medium")
    with left:
        display.chart(
            display.figure(
                charts.offset_by_digit, views.offsets(cases), views.offsets_title(cases)
            ),
            key="omission_lab_offsets",
        )
        display.chart(
            display.figure(
                charts.learning_curves,
                views.curve(cases),
                list(views.CURVES),
                views.curve_title(cases),
            ),
            key="omission_lab_curve",
        )
    with right:
        role = st.segmented_control(
            "Confusions",
            [omission_cases.BEFORE, omission_cases.AFTER],
            format_func={omission_cases.BEFORE: "before", omission_cases.AFTER: "with offsets"}.get,
            default=omission_cases.AFTER,
            required=True,
            key="omission_lab_role",
        )
        display.chart(
            display.figure(
                charts.matrix, views.matrix(cases, role), views.matrix_title(cases, role)
            ),
            key="omission_lab_matrix",
        )


def draw_frequencies(omitted: tuple[int, ...]) -> None:
    """Ask how frequent digits are elsewhere, and say what that does to the offsets."""
    st.subheader("What if digits are not as frequent where the student works?")
    keys = stored_keys(omitted)
    if shown is not None and shown.student.config.omitted_classes == omitted:
        keys = {-1: shown.key}
    if not keys:
        st.caption(
            "This needs the student's stored logits, which the sweeps' tables do not hold: "
            f"`{views.command(omitted)}`"
        )
        return
    state.setdefault("omission_lab_frequencies", frequencies.usual(omitted))
    text = st.text_input(
        "Frequencies, such as 3=0.3 or 3=0.3,5=0.2; the other digits share the rest",
        key="omission_lab_frequencies",
        max_chars=200,
    )
    try:
        given = frequencies.parse_frequencies(text)
        run = runs.experiment(keys[min(keys)])
        table = cached(frequencies.deployment, run, given)
    except (ValueError, OSError) as error:
        st.warning(f"No such frequencies: {job_files.words_of(error)}")
        return
    st.markdown(frequencies.sentence(run, given, table))
    display.chart(
        display.figure(charts.errors_in_deployment, table, frequencies.chart_title(table)),
        key="omission_lab_deployment",
    )
    st.caption(
        f"Run `{run.key}`; “{frequencies.TOLD}” in a terminal: "
        f"`{frequencies.command(omitted, given)}`"
    )


st.title("Which digits can a student do without?")
shown = runs.selected()
dataset = shown.dataset if shown is not None else "mnist"
if "omission_lab_keep" not in state:
    take_address()
swept = omission_cases.all_cases(tables.sweep) if dataset == "mnist" else []
sentence = st.container()
kept = chosen_digits()
omitted = omission_cases.others(kept)
cases = students_of(omitted)
left, right = st.columns([1.25, 1], gap="medium")
with left:
    if cases:
        with sentence:
            show.lead(views.lead(cases))
        display.chart(
            display.figure(
                charts.missed_by_digit, views.per_class(cases), views.per_class_title(cases)
            ),
            key="omission_lab_digits",
        )
    else:
        offer_training(omitted)
with right:
    if dataset == "mnist":
        draw_map(kept)
    else:
        st.caption("The sweeps over all pairs were made on MNIST; choose an MNIST run to see them.")
if cases and dataset == "mnist" and views.is_papers(cases):
    draw_paper(cases)
told = findings.findings(swept)
if told:
    st.subheader("What the sweeps found")
    st.markdown("\n".join(f"- {finding}" for finding in told))
    st.caption(views.sources(tables.sweep))
if cases:
    draw_more(cases)
draw_frequencies(omitted)

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
state["omission_lab_kept"] = {"keep": kept, "map": state.get("omission_lab_map", "kept")}
st.query_params["keep"] = views.address_of(kept)
for name, value, usual in (
    ("map", state.get("omission_lab_map", "kept"), "kept"),
    ("frequencies", state.get("omission_lab_frequencies", ""), frequencies.usual(omitted)),
):
    if value and value != usual:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
