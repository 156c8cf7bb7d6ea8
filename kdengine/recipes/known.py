"""The recipes and the sources that there are, by name: a new source is a file and a line here."""

from kdengine.config import BaselineConfig, StudentConfig, on_hard_labels
from kdengine.recipes.own import BEST, CLASSROOM
from kdengine.recipes.recipe import Recipe
from kdengine.recipes.source import Source
from kdengine.recipes.sources import am207, hinton2015, hinton_problems, hiverxd, rp13

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE
    for module in (hinton2015, hinton_problems, am207, hiverxd, rp13)
}
RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (CLASSROOM, BEST, *(source.recipe for source in SOURCES.values()))
}


def recipe(name: object) -> Recipe:
    """Return the recipe called *name*; ValueError if there is none."""
    if isinstance(name, str) and name in RECIPES:
        return RECIPES[name]
    raise ValueError(f"unknown recipe {str(name)[:60]!r}; the recipes are {', '.join(RECIPES)}.")


def source(name: str) -> Source:
    """Return the source called *name*; ValueError if there is none."""
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise ValueError(f"unknown reproduction {name[:60]!r}; the reproductions are {known}.")
    return SOURCES[name]


def baseline_of(student: StudentConfig, recipe_name: object) -> BaselineConfig:
    """Return the baseline that belongs to a stored student, by the recipe recorded with it.

    Without such a recipe it differs from the student in nothing but its hard labels.
    """
    made_by = RECIPES.get(recipe_name) if isinstance(recipe_name, str) else None
    return made_by.baseline_beside(student) if made_by else on_hard_labels(student)
