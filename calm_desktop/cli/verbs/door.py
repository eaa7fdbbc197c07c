"""The REST door and the tokens that open it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from calm_desktop.cli import answers, log
from calm_desktop.cli.session import Session, family, needed, verb
from calm_desktop.cli.tables import Sheet, facts, rows_of
from calm_desktop.cli.words import DryRun, Given, flag, name, text

DEFAULT_PORT, DEFAULT_RATE = 8930, 1000


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "serve")(serve)
    tokens = family(app, "token", "Tokens by which programs come through the REST door.")
    verb(tokens, "add")(add)
    verb(tokens, "list")(list_tokens)
    verb(tokens, "revoke")(revoke)
    hooks = family(app, "webhook", "Addresses that events are sent to while the REST door is open.")
    verb(hooks, "add")(add_webhook)
    verb(hooks, "list")(list_webhooks)
    verb(hooks, "remove")(remove_webhook)
    verb(hooks, "resume")(resume_webhook)


def serve(
    session: Session,
    port: Annotated[Given, text("--port", "N", "The port to listen on; 8930 unless given, 0 for any free one.")] = None,
    tls: Annotated[bool, flag("--tls", "Speak TLS, with a certificate made for it; its path is printed.")] = False,
    host: Annotated[Given, text("--host", "ADDRESS", "The address to listen on; 127.0.0.1 unless given.")] = None,
    beyond: Annotated[
        bool, flag("--beyond-this-machine", "Allow an address that other machines reach; needs --tls.")
    ] = False,
    rate: Annotated[Given, text("--rate", "N", "Requests a second that one token may make; 1000 unless given.")] = None,
) -> None:
    """Open the REST door: what integrations talk to, on this machine alone. It runs until it is interrupted.

    \b
    Examples:
      calm-desktop --store s.db token add shop --role integrator
      calm-desktop --store s.db serve
      calm-desktop --store s.db serve --port 8443 --tls
    """
    read = session.read
    number = DEFAULT_PORT if port is None else read.whole("port", port, 0, 65535)
    most = DEFAULT_RATE if rate is None else read.whole("rate", rate, 1, 1_000_000)
    with session.desk() as desk:
        log.listen()
        from calm_desktop.api.serving import Door, listen
        from calm_desktop.services.folders import data_folder

        door = Door(host or "127.0.0.1", needed(number), tls, beyond, needed(most))

        def ready(url: str, certificate: Path | None) -> None:
            if session.json:
                answers.write_json({"listening": url, "certificate": None if certificate is None else str(certificate)})
            tell = answers.say if session.json else answers.write
            if certificate is not None:
                tell(f"certificate {certificate}")
            tell(f"listening on {url}")
            sys.stdout.flush()

        listen(desk, door, data_folder(), ready)


def add(
    session: Session,
    called: Annotated[str, name("NAME", "What the token is called, by which it is revoked.")],
    role: Annotated[str, text("--role", "R", "rep, finance, integrator, admin, read-only, or one that was made.")],
    days: Annotated[Given, text("--days", "N", "Days that it is good for; 365 unless given.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a token. It is told this once; the store keeps a hash of it.

    \b
    Example:
      calm-desktop --store s.db token add shop --role integrator
    """
    from calm_desktop.services import access
    from calm_desktop.services.requests import AddToken

    life = 365 if days is None else session.read.whole("days", days, 1, access.LONGEST_LIFE)
    session.read.done()
    made = session.change(access.add_token, AddToken(called, role, needed(life)), dry_run)
    told = {"Token": made.token, "Name": made.name, "Role": made.role, "Good until": made.expires}
    session.answer(made, lambda: [facts("Keep it well: it is not told again.", told)], dry_run)


def list_tokens(session: Session) -> None:
    """Every token, without its secret.

    \b
    Example:
      calm-desktop token list
    """
    from calm_desktop.services import access

    rows = session.ask(access.list_tokens, None)
    columns = {"Name": "name", "Role": "role", "Made": "created", "Good until": "expires", "Status": "status"}
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("Tokens", rows, columns, "There is none.")])


def revoke(
    session: Session, called: Annotated[str, name("NAME", "The token's name.")], dry_run: DryRun = False
) -> None:
    """Let a token open nothing any more.

    \b
    Example:
      calm-desktop --store s.db token revoke shop
    """
    from calm_desktop.services import access
    from calm_desktop.services.requests import RevokeToken

    done = session.change(access.revoke_token, RevokeToken(called), dry_run)
    session.answer(done, lambda: [Sheet("", (), f"Token {done.name} is revoked.")], dry_run)


def add_webhook(
    session: Session,
    called: Annotated[str, name("NAME", "What the webhook is called, by which it is removed.")],
    url: Annotated[str, text("--url", "URL", "Where events are sent: https, or http on this machine.")],
    event: Annotated[
        list[str] | None, text("--event", "NAME", "Only events of this name; may be given more than once.")
    ] = None,
    role: Annotated[Given, text("--role", "R", "As which role events are told; integrator unless given.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Send events to an address from now on, in order, while the REST door is open.

    The secret that signs them is told this once.

    \b
    Example:
      calm-desktop --store s.db webhook add shop --url https://shop.example/events --event InvoiceProcessedEvent
    """
    from calm_desktop.services import webhooks

    asked = webhooks.AddWebhook(called, url, tuple(event or ()), role or "integrator")
    made = session.change(webhooks.add_webhook, asked, dry_run)
    told = {"Secret": made.secret, "Name": made.name, "Address": made.url, "Events": _events(made.events)}
    session.answer(made, lambda: [facts("Keep the secret well: it is not told again.", told)], dry_run)


def list_webhooks(session: Session) -> None:
    """Every webhook: how far it has come, and why the last try failed.

    \b
    Example:
      calm-desktop webhook list
    """
    from calm_desktop.services import webhooks

    rows = session.ask(webhooks.list_webhooks, None)
    columns = {
        "Name": "name",
        "Address": "url",
        "Status": "status",
        "Last event": "replay_id",
        "Waiting": "waiting",
        "Tries": "tries",
        "Next try": "next_try",
        "Error": "error",
    }
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("Webhooks", rows, columns, "There is none.")])


def remove_webhook(
    session: Session, called: Annotated[str, name("NAME", "The webhook's name.")], dry_run: DryRun = False
) -> None:
    """Send nothing more to an address.

    \b
    Example:
      calm-desktop --store s.db webhook remove shop
    """
    from calm_desktop.services import webhooks

    done = session.change(webhooks.remove_webhook, called, dry_run)
    session.answer(done, lambda: [Sheet("", (), f"Webhook {done.name} is removed.")], dry_run)


def resume_webhook(
    session: Session, called: Annotated[str, name("NAME", "The webhook's name.")], dry_run: DryRun = False
) -> None:
    """Try a webhook that is dead or waiting again now, from where it stands.

    \b
    Example:
      calm-desktop --store s.db webhook resume shop
    """
    from calm_desktop.services import webhooks

    done = session.change(webhooks.resume_webhook, called, dry_run)
    session.answer(done, lambda: [Sheet("", (), f"Webhook {done.name} goes on after {done.replay_id}.")], dry_run)


def _events(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "all"
