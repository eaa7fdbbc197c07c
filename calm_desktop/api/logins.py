"""Logins that clients make: each comes with a token in the place of a password or a client's secret."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from calm_desktop.services.access import organization_id, user_id
from calm_desktop.services.tx import Caller

_PASSWORD = re.compile(r"<(?:\w+:)?password>([^<]{1,500})</(?:\w+:)?password>")

_GRANTS = {"password": "password", "client_credentials": "client_secret"}


def token_in_form(body: bytes) -> tuple[str | None, str]:
    """The token in a form of OAuth 2, and the error where there is none."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=50))
    place = _GRANTS.get(form.get("grant_type", ""))
    if place is None:
        return None, "unsupported_grant_type"
    token = form.get(place, "").strip()
    return (token, "") if token else (None, "invalid_request")


def token_in_envelope(body: bytes) -> str:
    """The token in the password of a SOAP login."""
    match = _PASSWORD.search(body.decode("utf-8", "replace"))
    return html.unescape(match[1]).strip() if match else ""


def identity(caller: Caller, base: str) -> str:
    """The address under which a caller is told about."""
    return f"{base}/id/{organization_id()}/{user_id(caller)}"


def granted(caller: Caller, token: str, base: str) -> dict[str, Any]:
    """What a login over OAuth 2 answers."""
    return {
        "access_token": token,
        "instance_url": base,
        "id": identity(caller, base),
        "token_type": "Bearer",
        "issued_at": "0",
        "signature": "",
    }


def who(caller: Caller, base: str) -> dict[str, Any]:
    """The caller, as clients ask for themselves."""
    return {
        "sub": identity(caller, base),
        "user_id": user_id(caller),
        "organization_id": organization_id(),
        "preferred_username": caller.name,
        "name": caller.name,
        "user_type": "STANDARD",
    }


def user_record(caller: Caller) -> dict[str, Any]:
    """The caller as a record of User."""
    return {
        "attributes": {"type": "User", "url": f"/sobjects/User/{user_id(caller)}"},
        "Id": user_id(caller),
        "Username": caller.name,
        "Name": caller.name,
        "ProfileName": caller.role,
        "IsActive": True,
    }


def envelope(caller: Caller, token: str, base: str, version: str) -> str:
    """What a SOAP login answers."""
    given: Mapping[str, str] = {
        "metadataServerUrl": f"{base}/services/Soap/m/{version}",
        "passwordExpired": "false",
        "sandbox": "false",
        "serverUrl": f"{base}/services/Soap/u/{version}",
        "sessionId": token,
        "userId": user_id(caller),
    }
    fields = "".join(f"<{name}>{html.escape(value)}</{name}>" for name, value in given.items())
    user = f"<organizationId>{organization_id()}</organizationId><userId>{user_id(caller)}</userId>"
    return _soap(
        f'<loginResponse xmlns="urn:partner.soap.sforce.com"><result>{fields}<userInfo>{user}'
        f"<userName>{html.escape(caller.name)}</userName></userInfo></result></loginResponse>"
    )


def envelope_of_failure() -> str:
    """What a SOAP login with a wrong token answers."""
    words = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
    return _soap(
        '<soapenv:Fault xmlns:sf="urn:fault.partner.soap.sforce.com"><faultcode>sf:INVALID_LOGIN</faultcode>'
        f"<faultstring>{words}</faultstring><detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>"
        f"<sf:exceptionMessage>{words}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )


def _soap(inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f"{inside}</soapenv:Body></soapenv:Envelope>"
    )
