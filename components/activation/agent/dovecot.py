"""What Dovecot minds in a configuration once it is at work, before that is live."""

from __future__ import annotations

import os
import re
import socket

from plumbing import SCRATCH, STATE, cool, run, say, write_new

APART_PATIENCE = 60  # seconds for all that is asked of it
# What is the sandbox's fault: nothing there can be written, nobody is reached. Dovecot's own sockets are there.
OUTSIDE = (
    r"Read-only file system|unreachable|Connection refused|Cannot assign requested address|name resolution|[Hh]ost name|"
    r"connect\((?=/)(?!/run/dovecot/).*(No such file or directory|timed out)|Can't connect|Can't contact"
)
# What is said because of something that was said before.
HENCE = r"^apart: |lookup failed|Internal error|Disconnected unexpectedly|Failed to start listeners|command startup failed"

# Starts Dovecot and uses it as others will: each port, the look-up of a login, a delivery, a session in the mailbox. What doveconf takes for a text is read there.
SESSION = r'''
import re, socket, ssl, subprocess, sys, time
config, mailbox, lmtp = sys.argv[1:]
dovecot = subprocess.Popen(["dovecot", "-F", "-c", config])
def ports():
    lines = "".join(open("/proc/net/" + name).read() for name in ("tcp", "tcp6"))
    return {int(port, 16) for port in re.findall(r":([0-9A-F]{4}) \S+:0000 0A ", lines)}
def talk(address, *lines, tls=False, family=socket.AF_INET):
    """The answers to what is said; none where a connection is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    answers = []
    try:
        with socket.socket(family) as stream:
            stream.settimeout(5)
            stream.connect(address)
            if not tls:
                answers.append(stream.recv(4096))
            for line in lines:
                stream.sendall(line.encode() + b"\r\n")
                answers.append(stream.recv(4096))
            if tls or lines[-1:] in (("a STARTTLS",), ("STLS",)):
                context.wrap_socket(stream).close()
                answers.append(b"TLS")
    except OSError:
        pass
    return [answer.decode("utf-8", "replace").strip() for answer in answers]
def tool(*words, text=""):
    try:
        return subprocess.run(words, input=text, text=True, timeout=10, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
def demand(works, what, answer=""):
    if not works:
        sys.stdout.write(f"apart: Error: {what} failed: {answer}\n")
        sys.stdout.flush()
    return works
until = time.monotonic() + 10
while time.monotonic() < until and dovecot.poll() is None and not ports():
    time.sleep(0.05)
demand(dovecot.poll() is None, "the start")
for port in sorted(ports()):
    answers = talk(("127.0.0.1", port), *{143: ["a STARTTLS"], 110: ["STLS"]}.get(port, []), tls=port in (993, 995))
    demand(port not in (110, 143, 993, 995) or answers[-1:] == ["TLS"], f"TLS on port {port}", *answers[-1:])
if mailbox and dovecot.poll() is None:
    known = "user" in tool("doveadm", "-c", config, "auth", "lookup", mailbox) and "home" in tool("doveadm", "-c", config, "user", mailbox)
    if demand(known, f"the look-up of {mailbox}"):
        # Too long for LMTP's memory: it is written to mail_temp_dir.
        message = "Subject: judged\r\n\r\n" + 4000 * f"{'judged':>62}\r\n" + "."
        answers = talk(lmtp, "LHLO localhost", "MAIL FROM:<>", f"RCPT TO:<{mailbox}>", "DATA", message, family=socket.AF_UNIX)
        delivered = demand(answers[5:] and answers[5].startswith("250"), "a delivery", *answers[-1:])
        folder = tool("doveconf", "-c", config, "-h", "libexec_dir").strip()
        session = tool(folder + "/imap", "-c", config, "-u", mailbox, text="a SELECT INBOX\r\nc LOGOUT\r\n")
        demand("a OK" in session and "c OK" in session, "a session of IMAP", *session.splitlines()[-1:])
sys.stdout.write("--- asked\n")
sys.stdout.flush()
dovecot.terminate()
dovecot.wait()
'''


def ask_dovecot(config: str, mailbox: str, lmtp: str, mailboxes: str) -> list[str]:
    """Starts Dovecot with a staged configuration where it reaches nobody and changes nothing, uses it, and hears what it minds."""
    with open(config, encoding="utf-8") as file:
        text = file.read()
    misplaced = about_the_machine(config)
    if misplaced:
        return misplaced
    logs = ("log_path", "info_log_path", "debug_log_path")
    added = "".join(f"{name} = /dev/stderr\n" for name in logs)
    if re.fullmatch(r"[0-9a-fA-F:.*,\s]+", run("doveconf", "-c", config, "-h", "listen").text):
        added += "listen = *\n"  # the sandbox has none of the machine's addresses
    path = f"{config}.apart"
    write_new(path, f"{text}\n{added}".encode(), 0o644, durable=False)
    cool(path)
    os.chmod(SCRATCH, 0o711)  # for Dovecot's own accounts; nobody else gets as far as that
    properties = {
        "PrivateNetwork": "yes",
        "ReadOnlyPaths": "/",
        "TemporaryFileSystem": f"{STATE}:mode=755 /run/dovecot:mode=755 /var/lib/dovecot:mode=755 {os.path.dirname(lmtp)} {mailboxes}:mode=1777 /tmp:mode=1777",
        "BindReadOnlyPaths": SCRATCH,
        "LimitNOFILE": "65535",
        "RuntimeMaxSec": str(APART_PATIENCE),
    }
    words = [word for name, value in properties.items() for word in ("-p", f"{name}={value}")]
    unit = f"--unit=pulumi-mailserver-judge-{os.getpid()}"
    output = run(
        "systemd-run", "--quiet", "--wait", "--pipe", "--collect", unit, *words, "python3", "-I", "-c", SESSION, path, mailbox, lmtp,
        timeout=APART_PATIENCE + 20,
    )  # fmt: skip
    said, asked, _ = output.text.partition("--- asked")
    if not asked:
        say("agent", f"Dovecot is not started for a judgement: {(output.text.splitlines() or ['no sandbox'])[-1]}")
        return []
    return minded(said)


def about_the_machine(config: str) -> list[str]:
    """What cannot be tried there, as it is about the machine: addresses, and folders that must be writable."""
    said = []
    for name in ("base_dir", "state_dir", "log_path", "info_log_path", "debug_log_path"):
        value = run("doveconf", "-c", config, "-h", name).text.strip()
        fits = value.startswith("/") and os.path.isdir(os.path.dirname(value.rstrip("/")))
        if value and not (fits or (name.endswith("log_path") and value == "syslog")):
            said.append(f"{config}: {name} = {value}: this is not in a folder of this machine")
    for address in re.split(r"[,\s]+", run("doveconf", "-c", config, "-h", "listen").text.strip()):
        try:
            socket.getaddrinfo(address.replace("*", "0.0.0.0"), 143)
        except OSError as error:
            said.append(f"{config}: listen = {address}: {error.strerror}")
    return said


def minded(said: str) -> list[str]:
    """Dovecot's complaints about its configuration, without times, sessions and what only the sandbox lacks."""
    lines = [line for line in said.splitlines() if re.search(r"\b(Error|Fatal|Panic): ", line)]
    inside = [line for line in lines if not re.search(OUTSIDE, line)]
    causes = [line for line in inside if not re.search(HENCE, line)]
    # Where something outside is missed, so is what it would have said.
    heard = causes if causes or len(inside) < len(lines) else inside
    short = [re.sub(r"^\w{3} \d\d \d\d:\d\d:\d\d |\(\d+\)|<\d+><[^>]*>|: user=<>.*", "", line) for line in heard]
    return list(dict.fromkeys(short))
