"""Rules of the business, kept in the store: one line each, with what it may say and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, exists, literal, select

from calm_desktop.engine.invoicing import CreditMode, TaxMode
from calm_desktop.engine.limits import LONGEST_PAYMENT
from calm_desktop.engine.metrics import ChurnDate
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.rating import MrrFormula
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.currencies import is_currency
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import SetSetting
from calm_desktop.services.shapes import SettingsShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its default, the words it may say (empty: anything that `fits`), and its meaning for people."""

    key: str
    default: str
    words: tuple[str, ...]
    meaning: str
    fits: Callable[[str], bool] = bool
    example: str = ""


@cache
def _time_zones() -> frozenset[str]:
    """The names of all time zones; finding them reads a folder tree."""
    return frozenset(available_timezones())


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LONGEST_PAYMENT


def _is_prefix(text: str) -> bool:
    return len(text) <= 20 and text.isprintable() and not text[-1:].isdigit()


def _is_words(text: str) -> bool:
    return len(text) <= 500 and text.isprintable()


LOGO = "company-logo"
"""The one rule whose value is the name of a file, which `logo.set_logo` keeps."""

LONGEST_FILE_NAME = 100

LINE_END = "; "
"""What parts the lines of an address in a rule, which is one line itself."""

_OF_LINES = ("company-address", "company-bank")


RULES = {
    rule.key: rule
    for rule in (
        Rule("currency", "USD", (), "The organisation's currency, where an account has no other.", is_currency, "EUR"),
        Rule(
            "reporting-currency",
            "",
            (),
            "One currency that figures are also shown in, converted by the exchange rate of the day; empty: none.",
            lambda text: not text or is_currency(text),
            "EUR",
        ),
        Rule(
            "time-zone",
            "UTC",
            (),
            "The organisation's time zone; its business day turns at 01:00.",
            lambda text: text in _time_zones(),
            "Europe/Berlin",
        ),
        Rule(
            "tax-mode",
            TaxMode.SEPARATE_INVOICE.value,
            tuple(TaxMode),
            "Tax on an invoice of its own, or as a line of the same invoice.",
        ),
        Rule("auto-flow", "on", ("on", "off"), "Make assets and billing schedules when an order is activated."),
        Rule(
            "mrr-formula",
            MrrFormula.PRICE.value,
            tuple(MrrFormula),
            "MRR from the price per month, or the total over the months of the term.",
        ),
        Rule(
            "credits",
            CreditMode.NEXT_INVOICE.value,
            tuple(CreditMode),
            "Credits for unused service as negative lines of the next invoice, or as a credit memo.",
        ),
        Rule(
            "churn-date",
            ChurnDate.FIRST_DAY_WITHOUT.value,
            tuple(ChurnDate),
            "In reports, what was cancelled leaves MRR on its first day without service, or on the day of cancelling.",
        ),
        Rule("payment-days", "30", (), "Days from invoice date to due date for new accounts.", _is_days, "30"),
        Rule(
            "event-days",
            "90",
            (),
            "Days that events are kept for programs that were away; 0 keeps them for ever.",
            _is_days,
            "90",
        ),
        Rule("invoice-prefix", "INV-", (), "What stands before the number of an invoice.", _is_prefix, "INV-"),
        Rule("company-name", "", (), "Your company's name, at the head of its papers.", _is_words, "Northwind Ltd"),
        Rule(
            "company-address",
            "",
            (),
            "Your company's address on its papers; a semicolon begins a new line.",
            _is_words,
            "1 Harbour Street; 10115 Berlin",
        ),
        Rule("company-tax-number", "", (), "Your company's tax number, on its papers.", _is_words, "DE123456789"),
        Rule(
            "company-bank",
            "",
            (),
            "Where customers pay to, at the foot of papers; a semicolon begins a new line.",
            _is_words,
            "Harbour Bank; IBAN DE00 0000 0000",
        ),
        Rule(
            LOGO,
            "",
            (),
            "Your company's logo, at the head of its papers: a PNG or SVG file of at most 256 KB, kept in the store.",
            lambda text: len(text) <= LONGEST_FILE_NAME and text.isprintable(),
        ),
    )
}


_FIELDS, _USERS = "custom fields", "users"
_STORED = select(tables.setting.c.key, tables.setting.c.value).union_all(
    select(literal(_FIELDS), literal("")).where(exists(select(tables.custom_field.c.id))),
    select(literal(_USERS), literal("")).where(exists(select(tables.login.c.id))),
)
"""What is stored of rules, and with it, in the same statement, whether any custom field and any user is there."""


def load(db: Connection) -> dict[str, str]:
    """Every rule as the store says, defaults where it says nothing."""
    return load_all(db)[0]


def load_all(db: Connection) -> tuple[dict[str, str], bool, bool]:
    """Every rule, whether any custom field is defined, and whether there are users."""
    stored = dict(tuple(row) for row in db.execute(_STORED))
    return {key: stored.get(key, rule.default) for key, rule in RULES.items()}, _FIELDS in stored, _USERS in stored


def normal(key: str, value: str) -> str:
    """The value as it is kept. Refuses an unknown key and a value that the rule does not allow."""
    rule = RULES.get(key)
    if rule is None:
        raise Refused(Problem("unknown-setting", "key", f"There is no setting {key!r}. There are: {', '.join(RULES)}."))
    text = value.strip()
    if key in ("currency", "reporting-currency"):
        text = text.upper()
    if key in _OF_LINES:
        text = LINE_END.join(lines_of(text))
    if rule.words and text not in rule.words:
        raise Refused(Problem(f"bad-{key}", key, f"{key} can be {' or '.join(rule.words)}, not {value!r}."))
    if not rule.words and not rule.fits(text):
        raise Refused(Problem(f"bad-{key}", key, f"{key} cannot be {value!r}. Write it like {rule.example}."))
    return text


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of an address, which semicolons and line ends part."""
    return tuple(line.strip() for line in text.replace(";", "\n").splitlines() if line.strip())


def write(db: Connection, values: Mapping[str, str]) -> None:
    """Keep values that are in normal form."""
    for key, value in values.items():
        done = db.execute(tables.setting.update().where(tables.setting.c.key == key).values(value=value))
        if not done.rowcount:
            db.execute(tables.setting.insert().values(key=key, value=value))


@use_case(Permission.SETTINGS)
def set_setting(tx: Tx, request: SetSetting) -> SettingsShape:
    """Change one rule; what is recorded already stays as it is."""
    value = normal(request.key, request.value)
    if request.key == LOGO:
        raise Refused(Problem("not-a-file", LOGO, "The logo is a file. Choose one, or take it off."))
    write(tx.db, {request.key: value})
    tx.note("settings", tx.settings, {request.key: value})
    tx.touch("settings")
    return SettingsShape({**tx.settings, request.key: value})


@view(None)
def show_settings(tx: Tx, _: object = None) -> SettingsShape:
    """Every rule of the business."""
    return SettingsShape(dict(tx.settings))


def zone(settings: Mapping[str, str]) -> ZoneInfo:
    """The organisation's time zone."""
    return ZoneInfo(settings["time-zone"])
