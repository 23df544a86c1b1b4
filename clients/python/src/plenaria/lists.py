"""Pages of lists, and the feed of changes, as iterators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from .client import ok
from .generated import AuthenticatedClient
from .generated.api.changes import list_changes
from .generated.models.problem import Problem
from .generated.types import UNSET, Unset

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class _Place(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


class _Page(Protocol[T_co]):
    @property
    def data(self) -> Any: ...

    @property
    def page(self) -> _Place: ...


P = TypeVar("P", bound=_Page[Any])


def items(read: Callable[[str | Unset], P | Problem | None], kind: type[T]) -> Iterator[T]:
    """All items of a list, page by page, given as `kind`. `read` is called with the cursor of a page:

    `items(lambda cursor: list_events.sync(client=client, cursor=cursor), Event)`
    """
    cursor: str | Unset = UNSET
    while True:
        page = ok(read(cursor))
        for item in page.data:
            if not isinstance(item, kind):
                raise TypeError(f"The list holds {type(item).__name__}, not {kind.__name__}.")
            yield item
        following = page.page.next_cursor
        if following is None:
            return
        cursor = following


def changes(
    client: AuthenticatedClient, cursor: str | None = None, *, types: list[Any] | None = None, wait: int = 30, once: bool = False
) -> Iterator[tuple[list[Any], str]]:
    """The feed of changes, without end: changes with the cursor that follows them. Keep the cursor in the same
    transaction as the effect of the changes, and nothing is missed or done twice.

    `wait` is how many seconds the server waits for a change. With `once`, the iterator stops at the end of the feed.
    """
    while True:
        page = ok(
            list_changes.sync(
                client=client,
                cursor=UNSET if cursor is None else cursor,
                types=UNSET if types is None else types,
                wait=0 if once else wait,
            )
        )
        cursor = page.page.next_cursor
        if page.data:
            yield page.data, cursor
        elif once:
            return
