"""Certificates: had from an ACME authority by certbot, handed to the daemons by the role's own script."""

from __future__ import annotations

import os
import re
import sys
import time
from binascii import a2b_base64  # base64 is not in python3-minimal
from collections.abc import Iterable
from typing import Any

from errors import Failure
from filesystem import (
    digest,
    make_parents,
    read_bytes,
    read_json,
    remove_file,
    remove_tree,
    to_json,
    write_new,
    write_over,
)
from names import wait_for_names
from paths import CERTIFICATE, ROOT, Wanted
from process import run
from progress import say
from units import settings

LETSENCRYPT = ROOT + "/etc/letsencrypt"
SPARED = "MAILSERVER_SPARED_UNITS"  # which the deploy hook does not reload


def certificates_of(wanted: Wanted) -> list[Wanted]:
    return [certificate for role in wanted["roles"] for certificate in role.get("certificates", [])]


def lineage_of(certificate: Wanted) -> str:
    """Where certbot keeps the newest generation of a certificate."""
    return f"/etc/letsencrypt/live/{certificate['name']}"


def certificate_need(certificate: Wanted) -> str:
    """Why something must be done about a certificate; empty where it is as wanted. Of one whose names are not told (`WantedPackages`), whether the daemons have any."""
    if "names" not in certificate:
        return "" if fingerprint(certificate["pemPath"]) else "there is none yet"
    return lineage_fault(certificate) or ("" if is_handed_over(certificate) else "the daemons do not have it yet")


def is_handed_over(certificate: Wanted) -> bool:
    """Whether the daemons' file holds the newest generation."""
    return fingerprint(certificate["pemPath"]) == fingerprint(lineage_of(certificate) + "/fullchain.pem")


def lineage_fault(certificate: Wanted) -> str:
    """Why a new one must be had from the authority."""
    text = inspect(lineage_of(certificate) + "/fullchain.pem")
    terms = renewal_terms(certificate["name"])
    if not text or not terms:
        return "there is none yet"
    if set(re.findall(r"DNS:([^,\s]+)", text)) != set(certificate["names"]):
        return "it is for other names"
    if terms.get("server") != certificate["directoryUrl"]:
        return f"it is from {terms.get('server')}"
    if terms.get("account") != os.path.basename(certificate["account"]):
        return "it is another account's"
    if terms.get("renew_hook") != certificate["deployHook"]:
        return "its renewal would not reach the daemons"
    if terms.get("reuse_key") != "True":
        return "its renewal would change the key"
    return "it expires within 7 days" if "Certificate will expire" in text else ""


def renewal_terms(name: str) -> dict[str, str]:
    """How certbot renews a certificate; empty where it does not know it."""
    path = f"{LETSENCRYPT}/renewal/{name}.conf"
    return settings(read_bytes(path)) if os.path.exists(path) else {}


def inspect(path: str) -> str:
    """Names and whether it expires within 7 days, of the first certificate in a file; empty where there is none."""
    shown = run(
        "openssl", "x509", "-in", ROOT + path, "-noout", "-ext", "subjectAltName", "-checkend", "604800"
    )  # fmt: skip
    return shown.text if "Certificate will" in shown.text else ""


def fingerprint(path: str) -> str:
    """SHA-256 of the first certificate in a file; empty where there is none."""
    certificate = certificate_in(path)
    return digest(certificate) if certificate else ""


def certificate_in(path: str) -> bytes:
    """The first certificate in a file (DER); nothing where there is none."""
    if not os.path.exists(ROOT + path):
        return b""
    found = re.search(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", read_bytes(ROOT + path), re.S)
    try:
        return a2b_base64(found[1]) if found else b""
    except ValueError:
        return b""


def expiry(path: str) -> int:
    """Last second of the first certificate in a file; 0 where there is none."""
    import ssl  # not in python3-minimal

    found = re.search(r"notAfter=(.+)", run("openssl", "x509", "-in", ROOT + path, "-noout", "-enddate").text)
    return int(ssl.cert_time_to_seconds(found[1])) if found else 0


def obtain_certificates(role: Wanted, needs: dict[str, str], reached: list[str], moved: Iterable[str]) -> None:
    """Has those of a role's certificates renewed or handed over that need it, for names that must lead to where the world reaches this
    machine. The hook leaves units alone that are `moved` after it: until then they run with files of before. A daemon that reads them all at each reload must
    find a file for each, also while the first of several new ones is handed over."""
    for certificate in role.get("certificates", []):
        if needs.get(certificate["name"]) and not os.path.exists(ROOT + certificate["pemPath"]):
            write_placeholder(ROOT + certificate["pemPath"])
    for certificate in role.get("certificates", []):
        if needs.get(certificate["name"]):
            obtain_certificate(role["name"], certificate, needs[certificate["name"]], reached, {SPARED: " ".join(moved)})


def write_placeholder(path: str) -> None:
    """A key and a self-signed certificate of a day, which no client believes."""
    made = run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj", "/CN=placeholder.invalid", "-keyout", "/dev/stdout",
    )  # fmt: skip
    made.demand("openssl made no placeholder for a certificate")
    blocks = re.findall(r"^-----BEGIN .+?^-----END [A-Z ]+-----\n", made.text, re.M | re.S)
    make_parents(path)
    write_new(path, "".join(blocks).encode(), 0o600, durable=False)


def obtain_certificate(
    role: str, certificate: Wanted, reason: str, reached: list[str], environment: dict[str, str]
) -> None:
    """Gets a certificate from the authority where `lineage_fault` says so, and hands it to the daemons."""
    names, lineage = certificate["names"], lineage_of(certificate)
    if lineage_fault(certificate):
        wait_for_names(role, names, reached)
        say(role, f"obtaining a certificate for {', '.join(names)}: {reason}")
        make_account_known(role, certificate)
        clear_half_lineage(certificate["name"])
        request(role, [
            "certbot", "certonly", "--standalone", "--preferred-challenges", "http", "-n",
            "--server", certificate["directoryUrl"], "--account", os.path.basename(certificate["account"]), "--cert-name", certificate["name"], *[word for name in names for word in ("-d", name)],
            "--key-type", "ecdsa", "--elliptic-curve", "secp256r1", "--reuse-key", "--force-renewal", "--renew-with-new-domains",
            "--deploy-hook", certificate["deployHook"],
        ], environment)  # fmt: skip
    if not is_handed_over(certificate):
        renewed = {"RENEWED_LINEAGE": lineage, "RENEWED_DOMAINS": " ".join(names)}
        run(certificate["deployHook"], environment=environment | renewed).demand(
            f"the deploy hook {certificate['deployHook']} failed"
        )
    if not is_handed_over(certificate):
        raise Failure(
            f"the deploy hook {certificate['deployHook']} ran, but {certificate['pemPath']} does not hold the new certificate"
        )


def clear_half_lineage(name: str) -> None:
    """Takes away what certbot left where it was cut off while it wrote its first files: it would not go on with them, but call the
    certificate NAME-0001, which no daemon reads."""
    if inspect(f"/etc/letsencrypt/live/{name}/fullchain.pem") and renewal_terms(name):
        return
    remove_file(f"{LETSENCRYPT}/renewal/{name}.conf")
    for folder in ("live", "archive"):
        remove_tree(f"{LETSENCRYPT}/{folder}/{name}")


def make_account_known(role: str, certificate: Wanted) -> None:
    """Leaves for certbot what it keeps of an account; certbot itself makes a new key for each account that it opens."""
    folder, directory = ROOT + certificate["account"], certificate["directoryUrl"]
    if os.path.exists(folder + "/regr.json"):
        return
    say(role, f"opening an account at {directory}")
    key = read_bytes(folder + "/private_key.json").decode()
    for attempt in range(1, 4):
        try:
            url = open_account(directory, key, certificate.get("email"), certificate.get("externalAccount"))
            break
        except Failure:
            raise
        except Exception as error:
            lines = f"{type(error).__name__}: {error}".splitlines()[:6]
            if attempt == 3 or not re.search(TRANSIENT_ERRORS, str(error)):
                raise Failure(f"the authority {directory} opened no account{advice(certificate)}", lines) from error
            say(role, f"no account yet, trying again: {lines[0]}")
            time.sleep(2 * attempt)
    opened = {"creation_dt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "creation_host": certificate["name"]}
    for name, content in (("meta.json", opened), ("regr.json", {"body": {}, "uri": url})):
        write_over(f"{folder}/{name}", to_json(content))


def advice(certificate: Wanted) -> str:
    external = certificate.get("externalAccount")
    if not external:
        return ""
    return f" bound to the external account {external['keyId']}; compare keyId and hmacKey of `certificate.acme.externalAccount` with what it shows, and make new ones where they were for one use only"


def open_account(directory: str, key: str, email: str | None, external: Wanted | None = None) -> str:
    """URL of the account of a key (a JSON Web Key): opened now, or before (RFC 8555 section 7.3)."""
    sys.path.append("/usr/lib/python3/dist-packages")  # was not there yet when a pristine machine's Python looked
    import josepy
    from acme import client, errors, messages

    own = josepy.JWKRSA.json_loads(key)
    network = client.ClientNetwork(own, user_agent="pulumi-mailserver")
    authority = client.ClientV2(client.ClientV2.get_directory(directory, network), network)

    def ask(**more: Any) -> str:
        try:
            return str(authority.new_account(messages.NewRegistration.from_data(email=email, **more)).uri)
        except errors.ConflictError as known:
            return str(known.location)

    # Section 7.3.4. What binds an account may be for one use only: who has an account does not need it again.
    if external or authority.external_account_required():
        try:
            return ask(only_return_existing=True)
        except messages.Error as error:
            if not str(error.typ).endswith(":accountDoesNotExist"):
                raise
    if external:
        binding = messages.ExternalAccountBinding.from_data(
            own.public_key(), external["keyId"], external["hmacKey"].rstrip("="), authority.directory
        )
        return ask(terms_of_service_agreed=True, external_account_binding=binding)
    if authority.external_account_required():
        raise Failure(
            f"the authority {directory} opens accounts for its own customers only; "
            "give keyId and hmacKey, as it shows them for ACME clients (EAB), in `certificate.acme.externalAccount`"
        )
    return ask(terms_of_service_agreed=True)


TRANSIENT_ERRORS = r"badNonce|anti-replay|serverInternal|Service busy|HTTPSConnectionPool|Remote end closed|Another instance of Certbot|timed out"


def request(role: str, command: list[str], environment: dict[str, str]) -> None:
    """Runs certbot; tries again once, and three times where the trouble is of the passing kind."""
    for attempt in range(1, 5):
        output = run(*command, timeout=300, shown=role, environment=environment)
        if not output.code:
            return
        details = re.findall(r"^\s*(?:Domain|Type|Detail|Hint):.*$|^.*(?:urn:ietf|rror).*$", output.text, re.M)
        lines = [line.strip() for line in details or output.text.splitlines()[-3:] if "log" not in line]
        if attempt == 4 or attempt > 1 and not re.search(TRANSIENT_ERRORS, output.text):
            raise Failure(
                f"the authority gave no certificate for {command[command.index('--cert-name') + 1]}", lines[:6]
            )
        say(role, f"no certificate yet, trying again: {lines[-1] if lines else 'certbot gave no reason'}")
        time.sleep(2 * attempt)


def forget_certificates(wanted: Wanted, before: Wanted) -> list[str]:
    """Has certbot forget the certificates that are wanted no more, so that it does not go on renewing them in vain; those also
    that an activation had which failed after it. The daemons' files of them stay until the commit. Returns those."""
    names = {certificate["name"] for certificate in certificates_of(wanted)}
    dropped = {name: path for name, path in before.get("certificates", {}).items() if name not in names}
    for name in sorted({*dropped, *lineages(wanted)} - names):
        if renewal_terms(name):
            say("agent", f"forgetting the certificate {name}")
            run("certbot", "delete", "-n", "--cert-name", name).demand(
                f"certbot does not forget the certificate {name}"
            )
    kept = {certificate["pemPath"] for certificate in certificates_of(wanted)}
    return [path for path in dropped.values() if path not in kept]


def lineages(wanted: Wanted) -> list[str]:
    """Names of the certificates that certbot renews for the mail server, as their hook tells."""
    hooks = {certificate["deployHook"] for certificate in certificates_of(wanted)}
    folder = LETSENCRYPT + "/renewal"
    files = os.listdir(folder) if os.path.isdir(folder) else []
    names = [name.removesuffix(".conf") for name in files if name.endswith(".conf")]
    return [name for name in names if renewal_terms(name).get("renew_hook") in hooks]


def missing_certificate_files(wanted: Wanted) -> list[str]:
    paths = [certificate["pemPath"] for certificate in certificates_of(wanted)]
    return [path for path in paths if not os.path.lexists(ROOT + path)]


def remove_certificate_files(paths: list[str]) -> None:
    for path in paths:
        remove_file(ROOT + path)


def key_and_account(wanted: Wanted) -> dict[str, Any]:
    """SHA-256 of the public key (SubjectPublicKeyInfo) of the host's first certificate, and the URL of the account that has it."""
    for certificate in certificates_of(wanted)[:1]:
        return {"certificateKey": key_digest(certificate["pemPath"]), "acmeAccount": account_url(certificate["name"])}
    return {}


def keep_key_and_account(wanted: Wanted) -> None:
    """Writes down what DNS says of the certificate; the stack reads it when that may have changed."""
    told = to_json(key_and_account(wanted))
    if os.path.exists(CERTIFICATE) and read_bytes(CERTIFICATE) == told:
        return
    write_over(CERTIFICATE, told)


def key_digest(path: str) -> str:
    """Hash of the public key of the first certificate in a file, as a TLSA record 3 1 1 has it (RFC 6698 section 2.1)."""
    try:
        return digest(public_key_in(certificate_in(path)))
    except IndexError:
        raise Failure(f"{path} has no certificate") from None


def public_key_in(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1), both in DER."""

    def content(at: int) -> tuple[int, int]:
        """Where the content of the element at this place begins and ends."""
        length, begin = certificate[at + 1], at + 2
        if length & 0x80:
            more = length & 0x7F
            length, begin = int.from_bytes(certificate[begin : begin + more], "big"), begin + more
        if begin + length > len(certificate):
            raise IndexError
        return begin, begin + length

    at = content(content(0)[0])[0]  # of TBSCertificate
    before = 6 if certificate[at] == 0xA0 else 5  # version, serial number, signature, issuer, validity, subject
    for _ in range(before):
        at = content(at)[1]
    return certificate[at : content(at)[1]]


def account_url(name: str) -> str:
    """The ACME account with which certbot renews a certificate; empty where certbot does not know."""
    account = renewal_terms(name).get("account", "")
    for folder, _, files in os.walk(LETSENCRYPT + "/accounts"):
        if account and os.path.basename(folder) == account and "regr.json" in files:
            return str(read_json(folder + "/regr.json").get("uri", ""))
    return ""
