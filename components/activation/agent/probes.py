"""Questions that the running services must answer."""

from __future__ import annotations

import re
import socket

from certificate import fingerprint
from errors import Failure, as_failure
from filesystem import digest, read_bytes
from paths import ROOT, Wanted
from process import run
from progress import PROBE_TIMEOUT, Deadline, say
from units import Faults, faults_of, is_healthy, journal_lines, run_since, systemctl, unit_states


def probe(wanted: Wanted, done: dict[str, str], since: float, believe: bool = False) -> None:
    """Asks the running services; a service that comes up is given some seconds. A reload that was refused shows here, too. With
    `believe`, whatever certificate they show."""
    say("agent", "probing the services")
    clock = Deadline(PROBE_TIMEOUT)
    known = faults_of(wanted)
    for role in wanted["roles"]:
        units = [unit["name"] for unit in role.get("units", [])]
        faults = Faults(known, units)
        for question in role.get("probes", []):
            if question.get("afterStart") and done.keys().isdisjoint(units):
                continue
            wait_for_answer(role, believing(question) if believe else question, clock, since, faults)
    states = unit_states(done)
    for name, deed in done.items():
        if not states[name]["healthy"]:
            raise Failure(f"{name} was {deed}, then ended", journal_lines([name], since))
        faults = Faults(known, [name])
        pattern = faults.refused if deed == "reloaded" else faults.broken
        refused = journal_lines([name], run_since([name], since), pattern) if pattern else []
        if refused:
            raise Failure(f"{name} did not take the new configuration", refused)


def wait_for_answer(role: Wanted, question: Wanted, clock: Deadline, since: float, faults: Faults) -> None:
    """Asks until the answer is right, time is over or a unit of the role has ended."""
    units = [unit["name"] for unit in role.get("units", [])]
    lifted = False
    while True:
        try:
            ask(question)
            return
        except (OSError, Failure) as error:
            trouble = f"{name_of(question)}: {as_failure(error).sentence}"
            broken = not all(map(is_healthy, units)) or journal_lines(units, run_since(units, since), faults.broken)
            if not broken and not lifted and journal_lines(units, since - faults.throttle_time, faults.held_back):
                # Of before: a daemon that this one needs was away, say. Only a restart ends it at once.
                say(role["name"], f"restarting {', '.join(units)}, which holds a service back: {trouble}")
                systemctl("restart", *units)
                lifted = True
            elif broken or clock.over():
                lines = as_failure(error).lines + journal_lines(units, since)
                raise Failure(f"{role['name']} does not answer as it should: {trouble}", lines) from error
            else:
                clock.wait(0.2, role["name"], f"waiting: {trouble}")


def name_of(question: Wanted) -> str:
    if question.get("port"):
        return f"port {question['port']['port']}" + (" (TLS)" if question["port"]["tls"] else "")
    if question.get("recipients"):
        return f"recipients by {question['recipients']['protocol'].upper()}"
    if question.get("https"):
        return f"https://{question['https']['name']}{question['https']['path']}"
    return f"`{' '.join(question['command'])}`"


def ask(question: Wanted) -> None:
    if question.get("port"):
        ask_port(**question["port"])
    elif question.get("recipients"):
        ask_recipients(**question["recipients"])
    elif question.get("https"):
        ask_web_server(**question["https"])
    else:
        run(*question["command"], timeout=30).demand("the command failed")


def believing(question: Wanted) -> Wanted:
    """The same question, without a word about the certificate."""
    return {
        kind: {name: value for name, value in asked.items() if name != "pemPath"} if isinstance(asked, dict) else asked
        for kind, asked in question.items()
    }


def ask_port(
    port: int, tls: bool, greeting: str | None = None, name: str | None = None, pemPath: str | None = None
) -> None:
    with Conversation(connect(None, port), tls, name, pemPath) as talk:
        if greeting is not None:
            line = talk.line()
            if not line.startswith(greeting):
                raise Failure(f"greets with {line!r}, not with {greeting!r}")
            talk.leave(line)


def ask_recipients(
    protocol: str, addresses: list[str], socket: str | None = None, port: int | None = None, refused: bool = False
) -> None:
    """Speaks SMTP or LMTP up to the recipients, which the server must take, or refuse each; then resets: no message is ever sent."""
    with Conversation(connect(socket, port), False) as talk:
        talk.reply("2")
        talk.say(f"{'LHLO' if protocol == 'lmtp' else 'EHLO'} localhost").reply("2")
        for start in range(0, len(addresses), 100):
            talk.say("MAIL FROM:<>").reply("2")
            for address in addresses[start : start + 100]:
                talk.say(f"RCPT TO:<{address}>").reply("5" if refused else "2", address)
            talk.say("RSET").reply("2")
        talk.say("QUIT")


def ask_web_server(name: str, path: str, contains: str, port: int = 443, pemPath: str | None = None) -> None:
    with Conversation(connect(None, port), True, name, pemPath) as talk:
        talk.say(f"GET {path} HTTP/1.0").say(f"Host: {name}").say("")
        status = talk.line()
        if status.split(" ")[1:2] != ["200"]:
            raise Failure(f"answers with {status!r}")
        if contains not in talk.everything():
            raise Failure(f"answers without {contains!r}")


def served_certificate(port: int, name: str | None) -> str:
    """SHA-256 of the certificate that a port of the loopback address shows where TLS begins at once."""
    with Conversation(connect(None, port), True, name) as talk:
        certificate = talk.certificate()
        if name is None:
            talk.leave(talk.line())  # who just hangs up is in the log with an error
        return digest(certificate)


def connect(path: str | None, port: int | None) -> socket.socket:
    if path is None:
        return socket.create_connection(("127.0.0.1", port), timeout=10)
    plug = socket.socket(socket.AF_UNIX)
    plug.settimeout(10)
    plug.connect(path)
    return plug


def encrypt(plug: socket.socket, name: str | None, pem_path: str | None) -> socket.socket:
    """Begins TLS. With a file, the server must show the first certificate in it: one for this name, valid today, and issued by what
    follows it there. Who believes the authority above is not asked: a client does that, and this machine may know less of it."""
    import ssl  # not in python3-minimal

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if pem_path is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plug, server_hostname=name)
    if not fingerprint(pem_path):
        raise Failure(f"there is no certificate in {pem_path}")
    own, *issuers = re.findall(CERTIFICATE_BLOCK, read_bytes(ROOT + pem_path).decode("ascii", "replace"), re.S)
    context.load_verify_locations(cadata="\n".join(issuers or [own]))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        secured = context.wrap_socket(plug, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise Failure(f"shows a certificate that is none for {name} today: {error.verify_message}") from error
    if digest(secured.getpeercert(binary_form=True) or b"") != fingerprint(pem_path):
        secured.close()
        raise Failure(f"shows another certificate than the one in {pem_path}")
    return secured


CERTIFICATE_BLOCK = r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----"


class Conversation:
    """A dialogue in lines."""

    def __init__(self, plug: socket.socket, tls: bool, name: str | None = None, pem_path: str | None = None) -> None:
        self.plug, self.rest = plug, b""
        if tls:
            try:
                self.plug = encrypt(plug, name, pem_path)
            except BaseException:
                plug.close()
                raise
            # The greeting waits until the session tickets before it are acknowledged (RFC 896), which else takes 40 ms (RFC 1122 section 4.2.3.2).
            self.plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.plug.close()

    def certificate(self) -> bytes:
        return self.plug.getpeercert(binary_form=True) or b""

    def line(self) -> str:
        while b"\n" not in self.rest:
            more = self.plug.recv(4096)
            if not more:
                raise Failure("closed the connection")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode("utf-8", "replace").rstrip()

    def everything(self) -> str:
        """What comes until the other end has no more to say."""
        while more := self.plug.recv(4096):
            self.rest += more
        return self.rest.decode("utf-8", "replace")

    def say(self, line: str) -> Conversation:
        self.plug.sendall(line.encode() + b"\r\n")
        return self

    def leave(self, greeting: str) -> None:
        """Takes its leave as the protocol has it, and waits until the other end has, too."""
        self.say({"* O": "a LOGOUT", '"IM': "LOGOUT"}.get(greeting[:3], "QUIT"))
        self.everything()

    def reply(self, wanted: str, subject: str = "") -> None:
        line = self.line()
        while line[3:4] == "-":
            line = self.line()
        if not line.startswith(wanted):
            raise Failure(f"{subject + ': ' if subject else ''}{line}")
