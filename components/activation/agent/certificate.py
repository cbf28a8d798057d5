"""The certificate: had from an ACME authority by certbot, handed to the daemons by the role's own script."""

from __future__ import annotations

import os
import re
import time

from plumbing import (
    RESOLVE_PATIENCE,
    ROOT,
    Failure,
    Patience,
    Wanted,
    read_bytes,
    run,
    say,
)
from units import settings


def certificate_need(certificate: Wanted) -> str:
    """Why something must be done about a certificate; empty where it is as wanted."""
    lineage = inspect(f"/etc/letsencrypt/live/{certificate['names'][0]}/fullchain.pem")
    return lineage_fault(certificate) or (
        "" if inspect(certificate["pemPath"]) == lineage else "the daemons do not have it yet"
    )


def lineage_fault(certificate: Wanted) -> str:
    """Why a new one must be had from the authority."""
    name = certificate["names"][0]
    text = inspect(f"/etc/letsencrypt/live/{name}/fullchain.pem")
    renewal = ROOT + f"/etc/letsencrypt/renewal/{name}.conf"
    if not text or not os.path.exists(renewal):
        return "there is none yet"
    terms = settings(read_bytes(renewal))
    if set(re.findall(r"DNS:([^,\s]+)", text)) != set(certificate["names"]):
        return "it is for other names"
    if terms.get("server") != certificate["directoryUrl"]:
        return f"it is from {terms.get('server')}"
    if terms.get("renew_hook") != certificate["deployHook"]:
        return "its renewal would not reach the daemons"
    return "it expires within 7 days" if "Certificate will expire" in text else ""


def inspect(path: str) -> str:
    """Fingerprint, names and whether it expires within 7 days, of the first certificate in a file; empty where there is none."""
    shown = run(
        "openssl",
        "x509",
        "-in",
        ROOT + path,
        "-noout",
        "-fingerprint",
        "-sha256",
        "-ext",
        "subjectAltName",
        "-checkend",
        "604800",
    )
    return shown.text if "Fingerprint" in shown.text else ""


def obtain_certificate(role: str, certificate: Wanted, reason: str) -> None:
    """Gets a certificate from the authority where `lineage_fault` says so, and hands it to the daemons."""
    names, lineage = certificate["names"], f"/etc/letsencrypt/live/{certificate['names'][0]}"
    if lineage_fault(certificate):
        wait_for_names(role, names)
        say(role, f"obtaining a certificate for {', '.join(names)}: {reason}")
        account = ["-m", certificate["email"]] if certificate.get("email") else ["--register-unsafely-without-email"]
        request(role, [
            "certbot", "certonly", "--standalone", "--preferred-challenges", "http", "-n", "--agree-tos", *account,
            "--server", certificate["directoryUrl"], "--cert-name", names[0], *[word for name in names for word in ("-d", name)],
            "--key-type", "ecdsa", "--elliptic-curve", "secp256r1", "--reuse-key", "--force-renewal", "--renew-with-new-domains",
            "--deploy-hook", certificate["deployHook"],
        ])  # fmt: skip
    if inspect(certificate["pemPath"]) != inspect(lineage + "/fullchain.pem"):
        environment = {"RENEWED_LINEAGE": lineage, "RENEWED_DOMAINS": " ".join(names)}
        run(certificate["deployHook"], environment=environment).demand(
            f"the deploy hook {certificate['deployHook']} failed"
        )
    if inspect(certificate["pemPath"]) != inspect(lineage + "/fullchain.pem"):
        raise Failure(
            f"the deploy hook {certificate['deployHook']} ran, but {certificate['pemPath']} does not hold the new certificate"
        )


PASSING = r"badNonce|anti-replay|serverInternal|Service busy|HTTPSConnectionPool|Remote end closed|Another instance of Certbot|timed out"


def request(role: str, command: list[str]) -> None:
    """Runs certbot; tries again once, and three times where the trouble is of the passing kind."""
    for attempt in range(1, 5):
        output = run(*command, timeout=300, shown=role)
        if not output.code:
            return
        details = re.findall(r"^\s*(?:Domain|Type|Detail|Hint):.*$|^.*(?:urn:ietf|rror).*$", output.text, re.M)
        lines = [line.strip() for line in details or output.text.splitlines()[-3:] if "log" not in line]
        if attempt == 4 or attempt > 1 and not re.search(PASSING, output.text):
            raise Failure(
                f"the authority gave no certificate for {command[command.index('--cert-name') + 1]}", lines[:6]
            )
        say(role, f"no certificate yet, trying again: {lines[-1] if lines else 'certbot gave no reason'}")
        time.sleep(2 * attempt)


def wait_for_names(role: str, names: list[str]) -> None:
    """The authority will look the names up, so they must lead here first."""
    own = set(run("hostname", "-I").text.split())
    hidden = all(
        re.match(r"10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\.|f[cd]", address)
        for address in own
    )
    clock = Patience(RESOLVE_PATIENCE)
    for name in names:
        while True:
            found = resolve(name)
            if found & own or found and hidden:
                break
            seen = f"resolves to {', '.join(sorted(found))}" if found else "does not resolve"
            if clock.over():
                raise Failure(
                    f"{name} {seen} after {RESOLVE_PATIENCE} s, but this machine is {', '.join(sorted(own))}; "
                    f"point the A and AAAA records of {name} to it, the authority checks them before it gives a certificate"
                )
            clock.wait(1, role, f"waiting: {name} {seen}")


def resolve(name: str) -> set[str]:
    """Addresses of a name in DNS alone: /etc/hosts usually has the machine's own name as 127.0.1.1."""
    answers = [run("getent", "-s", "hosts:dns", family, name) for family in ("ahostsv4", "ahostsv6")]
    addresses = {line.split()[0] for answer in answers if not answer.code for line in answer.text.splitlines() if line}
    return {address for address in addresses if not address.startswith("::ffff:")}
