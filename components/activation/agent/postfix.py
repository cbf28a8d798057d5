"""What each program of Postfix thinks of the parameters that it reads, before they are live."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import time

from errors import Failure
from process import run
from progress import say

# With these words a daemon ends that was started without a transport, once it has read its parameters and minds none of them.
CONTENT_DAEMON = "no transport type specified"
DAEMONS_PATIENCE = 30  # seconds for all of them together
NO_DAEMONS = ("master", "fsstone", "nqmgr")
# Whoever uses virtual(8) sets it; here it is not started.
DAEMON_NEEDS = {"virtual": ["-o", "virtual_mailbox_base=/"]}
SYSLOG = "/run/systemd/journal/dev-log"

# What no daemon reads before there is a message or a connection: names and the values that they may have. The queue manager asks for settings of a transport, such as
# slow_destination_rate_delay, with the first message for it; words are judged where they are used.
NUMBER = r"-?\d+"
LATE = {
    r"\S+_(destination_rate_delay|transport_rate_delay|recipient_refill_delay|time_limit)": r"\d+[smhdw]?",
    r"\S+_(initial_destination_concurrency|destination_concurrency_(failed_cohort_)?limit|(destination_|extra_)?recipient_limit|recipient_refill_limit)": NUMBER,
    r"\S+_(delivery_slot_(cost|loan|discount)|minimum_delivery_slots)": NUMBER,
    r"\S+_destination_concurrency_(negative|positive)_feedback": r"\d+(\.\d+)?( */ *(\d+(\.\d+)?|concurrency|sqrt_concurrency))?",
    r"(smtpd|postscreen)_tls_security_level": "(none|may|encrypt)?",
    r"(smtp|lmtp|tlsproxy_client)_tls_security_level": "(none|may|encrypt|fingerprint|dane|dane-only|verify|secure)?",
    r"\S+_tls_(mandatory_)?ciphers": "null|export|low|medium|high",
    r"\S+_tls_(mandatory_)?protocols": r"([,:\s]*(!|[<>]=)?(SSLv[23]|TLSv1(\.[123])?|0x[0-9a-fA-F]+))*",
    r"\S+_sasl_(tls_)?security_options": r"([,\s]*(noplaintext|noactive|nodictionary|noanonymous|mutual_auth|forward_secrecy))*",
    r"(smtp|lmtp)_dns_support_level": "(disabled|enabled|dnssec)?",
    r"(smtp|lmtp)_address_preference": "any|ipv4|ipv6",
    r"smtpd_forbid_bare_newline": "yes|no|normalize|reject|note",
    r"\S+_loglevel": r"([,\s]*(\d|none|routine|summary|debug|ssl-[a-z-]+|untrusted|peercert|certmatch|verbose|cache))*",
    r"service_throttle_time": r"\d+[smhdw]?",
    r"tls_daemon_random_bytes": NUMBER,
    r"lmtp_tcp_port": r"\d+|lmtp",
    r"tls_(append_default_CA|fast_shutdown_enable|legacy_public_key_fingerprints|preempt_cipherlist|wildcard_matches_multiple_labels)": "yes|no",
    r"milter_protocol": r"[2346]([,\s]+\w+)*",
    r"milter_default_action": "accept|reject|tempfail|quarantine|shutdown",
    r"(masquerade|(sender|recipient)_canonical)_classes": r"([,\s]*(envelope|header)_(sender|recipient))*",
    r"notify_classes": r"([,\s]*(2?bounce|data|delay|policy|protocol|resource|software))*",
}

def ask_postfix(config: str) -> list[str]:
    """What Postfix has against the configuration in a folder; nothing where it minds nothing."""
    if run("unshare", "--mount", "true").code:
        say("agent", "Postfix' daemons are not asked: this machine has no mount namespaces")
        return []
    programs = postfix_daemons(config)
    services = postfix_services(config)
    commands = [(program, ()) for program in programs]
    commands += [(program, overrides) for program, overrides in services if program in programs and overrides]
    folder = run("postconf", "-c", config, "-h", "daemon_directory").text.strip()
    said = ask_daemons([[f"{folder}/{program}", *DAEMON_NEEDS.get(program, []), *words] for program, words in commands], config)
    overridden = [word for _, overrides in services for word in overrides if word != "-o"]
    settings = [run("postconf", "-c", config, "-x", "-n").text, *(word.replace("=", " = ", 1) for word in overridden)]
    return said or late_trouble("\n".join(settings))


def late_trouble(shown: str) -> list[str]:
    """What is wrong with those that no daemon has read."""
    said = []
    for name, value in re.findall(r"^([\w.-]+) =[ \t]*(.*)$", shown, re.M):
        allowed = next((values for names, values in LATE.items() if re.fullmatch(names, name)), None)
        if allowed is not None and "$" not in value and not re.fullmatch(allowed, value.strip(), re.I):
            said.append(f"{name} = {value}: not a value of this parameter; see postconf(5)")
    return said


def postfix_daemons(config: str) -> list[str]:
    folder = run("postconf", "-c", config, "-h", "daemon_directory").text.strip()
    return [
        name
        for name in sorted(os.listdir(folder))
        if not re.search(r"[-]script|wrapper|install", name) and name not in NO_DAEMONS
    ]


def postfix_services(config: str) -> list[tuple[str, tuple[str, ...]]]:
    """The program of each service of master.cf, and what it overrides."""
    overrides: dict[str, list[str]] = {}
    for service, setting in re.findall(r"^([^/\s]+/[^/\s]+)/(.*)$", run("postconf", "-c", config, "-P").text, re.M):
        name, _, value = setting.partition(" = ")
        overrides.setdefault(service, []).extend(["-o", f"{name.removesuffix(' =')}={value}"])
    lines = [line.split() for line in run("postconf", "-c", config, "-M").text.splitlines() if line[:1].strip()]
    return [(words[7], tuple(overrides.get(f"{words[0]}/{words[1]}", []))) for words in lines if len(words) > 7]


def ask_daemons(commands: list[list[str]], config: str) -> list[str]:
    """Starts daemons without a transport, and hears what they say to a syslog of their own, as the machine's is not to hear it."""
    path = f"{config}/syslog"
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(path)
    os.chmod(path, 0o666)
    script = f'mount --bind "$0" {SYSLOG} && exec "$@"'
    environment = {**os.environ, "MAIL_CONFIG": config}
    running = {}
    said: list[str] = []
    try:
        for command in commands:
            words = ["unshare", "--mount", "sh", "-c", script, path, *command, "-z", "-l"]
            process = subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            running[process.pid] = process
        deadline = time.monotonic() + DAEMONS_PATIENCE
        while running and time.monotonic() < deadline:
            if not select.select([ear], [], [], 0.05)[0]:
                for pid, process in list(running.items()):
                    if process.poll() is not None:
                        said.append(f"fatal: {' '.join(process.args[6:7])} ended without a word")
                        del running[pid]
                continue
            line = ear.recv(65536).decode("utf-8", "replace").strip("\0\n")
            match = re.search(r"(postfix\S*)\[(\d+)\]: (.*)", line)
            if not match:
                continue
            name, pid, words = match[1], int(match[2]), match[3]
            if CONTENT_DAEMON not in words and re.match("(fatal|panic|error|warning): ", words):
                said.append(f"{name}: {words}")
            if words.startswith(("fatal:", "panic:")) and pid in running:
                running[pid].kill()
                running.pop(pid).wait()
        if running:
            raise Failure("Postfix' daemons do not say what they think of their parameters", [" ".join(one.args[6:]) for one in running.values()])
    finally:
        for process in running.values():
            process.kill()
            process.wait()
        ear.close()
        os.unlink(path)
    return list(dict.fromkeys(said))
