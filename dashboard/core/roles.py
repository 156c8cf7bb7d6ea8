"""The networks of an experiment: what each is called where, and its colour.

They stay apart for colour-blind readers. As text on white they keep a contrast of 4.5:1, as marks
on black one of 3:1; as text on black `IN_DARK` has each of them lighter.
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


STUDENT = Role("student", "student", "student", "The student", "#B25F00")
AFTER = Role(
    "student-offset", "student + offset", "+ offset", "The student with the offset", "#0F7F6A"
)
BASELINE = Role(
    "baseline", "hard-label student", "hard labels", "The hard-label student", "#6E6E6E"
)
TEACHER = Role("teacher", "teacher", "teacher", "The teacher", "#2A73B8")
ROLES = {role.key: role for role in (STUDENT, AFTER, BASELINE, TEACHER)}
NAMES = {key: role.name for key, role in ROLES.items()}
# The omitted class, and all other classes.
OMITTED_COLOUR, OTHERS_COLOUR = "#C23B4E", "#6A5FB5"
IN_DARK = {
    STUDENT.colour: "#F0A040",
    AFTER.colour: "#35C0A2",
    BASELINE.colour: "#909090",
    TEACHER.colour: "#62A8EA",
    OMITTED_COLOUR: "#F0788A",
    OTHERS_COLOUR: "#A79DEB",
}
