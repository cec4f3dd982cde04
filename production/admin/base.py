"""Who may change the works' figures, and what may not be taken away."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from configurator.selectors.roles import roles_of
from production.permissions import PLANNERS


class ForPlanners:
    """What the role may do does not depend on permissions ticked one by one."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_planner(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_planner(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_planner(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_planner(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_planner(request)


class KeptWhileUsed(ForPlanners):
    """Rows that others name by their code: in use they stay, and the page says why."""

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        to_delete, counts, needed, protected = found
        return to_delete, counts, needed, [*protected, *self.uses_of(list(objs))]


class BesideTheFloor:
    """Rows that others write too: of them only what was changed on the page is saved.

    The page keeps what it began with, so that what has become of the rest meanwhile is
    not undone.
    """

    # What only a service writes: the page saves none of it itself.
    told_columns: frozenset[str] = frozenset()

    def get_form(self, *args: Any, **words: Any) -> Any:
        form = super().get_form(*args, **words)  # type: ignore[misc]
        for field in form.base_fields.values():
            field.show_hidden_initial = True
        return form

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        columns = {field.name for field in self.opts.concrete_fields}  # type: ignore[attr-defined]
        changed = columns & {*form.changed_data}
        obj.save(update_fields=changed - self.told_columns if change else None)


def is_planner(request: HttpRequest) -> bool:
    """Ask for the roles once in a request: a page of rows asks hundreds of times."""
    if not hasattr(request, "is_planner"):
        request.is_planner = bool(PLANNERS & roles_of(request.user))  # type: ignore[attr-defined]
    found: bool = request.is_planner  # type: ignore[attr-defined]
    return found
