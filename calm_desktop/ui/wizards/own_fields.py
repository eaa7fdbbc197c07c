"""Fields of one's own in wizards: a form over the texts that were typed, seen only where any is defined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.ui import display
from calm_desktop.ui.wizards.form import Form


@dataclass
class FieldDraft:
    """What was typed into one field; `is_day` says that it is a day, in any form that day fields take."""

    name: str = ""
    text: str = ""
    is_day: bool = False


def said(drafts: Iterable[FieldDraft], today: date) -> tuple[tuple[str, str], ...]:
    """What was typed, as requests take it; a day that cannot be read stays as it is, and is refused with its reason."""
    return tuple((each.name, _plain(each, today)) for each in drafts)


def _plain(draft: FieldDraft, today: date) -> str:
    if draft.is_day:
        try:
            return display.read_day(draft.text, today).isoformat()
        except ValueError:
            pass
    return draft.text


class _Texts:
    """Drafts as attributes by name, which is how forms read and write them; what is empty is no draft."""

    def __init__(self, drafts: list[FieldDraft], days: Iterable[str]) -> None:
        self.__dict__["drafts"], self.__dict__["days"] = drafts, frozenset(days)

    def __getattr__(self, name: str) -> str:
        return next((each.text for each in self.__dict__["drafts"] if each.name == name), "")

    def __setattr__(self, name: str, text: str) -> None:
        drafts: list[FieldDraft] = self.__dict__["drafts"]
        drafts[:] = [each for each in drafts if each.name != name]
        if text.strip():
            drafts.append(FieldDraft(name, text, name in self.__dict__["days"]))


class OwnFieldsForm(Form):
    """A row for each field of one object, over a list of drafts; hidden until there is one."""

    def __init__(self, kind: FieldObject, columns: int, today: date) -> None:
        super().__init__(_Texts([], ()), columns)
        self.kind, self.today = kind, today
        self.drafts: list[FieldDraft] = []
        self.days: set[str] = set()
        self.hide()

    def offer_fields(self, fields: Sequence[CustomField]) -> None:
        """Have a row for each of the fields that belong here."""
        for field in fields:
            if field.object is self.kind and field.api_name not in self.rows:
                self._add_row(field, "Needed" if field.required else "")
        self.setVisible(bool(self.rows))
        self.show_drafts(self.drafts)

    def show_drafts(self, drafts: list[FieldDraft], touched: bool = False) -> None:
        """Show, and write into, other drafts."""
        self.drafts = drafts
        self.bind(_Texts(drafts, self.days), touched)

    def _add_row(self, field: CustomField, hint: str) -> None:
        name = field.api_name
        match field.type:
            case FieldType.DATE:
                self.days.add(name)
                self.day(name, field.label, self.today, hint)
            case FieldType.CHOICE:
                self.choice(name, field.label, [("", ""), *((choice, choice) for choice in field.choices)], hint)
            case FieldType.YES_NO:
                self.choice(name, field.label, [("", ""), ("Yes", "yes"), ("No", "no")], hint)
            case _:
                self.line(name, field.label, hint, figures=field.type is FieldType.NUMBER)
