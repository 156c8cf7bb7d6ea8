"""The networks of an experiment: what each is called where, and its colour.

The colours keep a contrast of 3:1 on white and on black and stay apart for colour-blind readers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One network."""

    key: str  # In addresses and stored records
    # In charts and prose, and where there is little room
    name: str
    short: str
    subject: str  # At the beginning of a sentence
    colour: str


STUDENT = Role("student", "student", "student", "The student", "#D57A00")
AFTER = Role(
    "student-offset", "student + offset", "+ offset", "The student with the offset", "#1A9A80"
)
BASELINE = Role("baseline", "hard-label student", "hard label", "The hard-label student", "#8A8A8A")
TEACHER = Role("teacher", "teacher", "teacher", "The teacher", "#3D8BD4")
ROLES = {role.key: role for role in (STUDENT, AFTER, BASELINE, TEACHER)}
NAMES = {key: role.name for key, role in ROLES.items()}
# The omitted class, and all other classes.
OMITTED_COLOUR, OTHERS_COLOUR = "#D1495B", "#7A6FC2"
