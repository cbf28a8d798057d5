"""What Dovecot minds in a configuration once it is at work, before that is live."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable

from filesystem import backdate, read_bytes, remove_folder_if_empty, write_new
from paths import SCRATCH, STATE
from process import run
from progress import say

APART_PATIENCE = 60  # seconds for all that is asked of it
# What is the sandbox's fault: nothing there can be written, nobody is reached. Dovecot's own sockets are there.
OUTSIDE = (
    r"Read-only file system|unreachable|Connection refused|Cannot assign requested address|name resolution|[Hh]ost name|"
    r"connect\((?=/)(?!/run/dovecot/).*(No such file or directory|timed out)|Can't connect|Can't contact"
)
# What is said of somebody who connects and hangs up, as is done here with ports that do not speak first.
HUNG_UP = r"disconnected before handshake|before authentication|no auth attempts"
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


def one_of(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def are_words(pattern: str) -> Callable[[str], bool]:
    return lambda value: all(re.fullmatch(pattern, word, re.I) for word in re.split(r"[,\s]+", value))


def are_networks(value: str) -> bool:
    import ipaddress  # not in python3-minimal

    for word in re.split(r"[,\s]+", value):
        try:
            word == "local" or ipaddress.ip_network(word.strip("[]"), strict=False)
        except ValueError:
            return False
    return True


def is_pem(value: str) -> bool:
    """What stands in the setting itself, with what Dovecot 2.3 shows of a file or a secret."""
    return bool(re.match(r"<|# hidden|-----BEGIN ", value))


HASHES = "md4|md5|sha1|sha256|sha384|sha512|sha3-256|sha3-512|size"
SASL = "anonymous|cram-md5|digest-md5|external|gssapi|gss-spnego|login|ntlm|oauthbearer|plain|scram-sha-(1|256)(-plus)?|xoauth2"
SMTP = "none|8bitmime|auth|binarymime|burl|chunking|dsn|enhancedstatuscodes|etrn|pipelining|size|smtputf8|starttls|vrfy|xclient"
# Words that Dovecot reads only when there is a client, a proxy, a plugin or a message for them: names, what their values may be, and that in words.
DOVECOT_WORDS: list[tuple[str, Callable[[str], bool], str]] = [
    (r"(haproxy|login)_trusted_networks", are_networks, "a list of IP addresses and networks"),
    (r"mbox_(read|write)_locks", are_words("dotlock|dotlock_try|fcntl|flock|lockf"), "a list of dotlock, dotlock_try, fcntl, flock and lockf"),
    ("auth_policy_hash_mech", are_words(HASHES), f"one of {HASHES.replace('|', ', ')}"),
    ("mail_attachment_hash", lambda value: bool(re.search(rf"%\{{({HASHES})(:\d+)?\}}", value)), "a text with a hash such as %{sha1}"),
    ("(imapc|pop3c|ldap_auth)_sasl_mechanisms", are_words(SASL), "a list of SASL mechanisms"),
    ("submission_backend_capabilities", are_words(SMTP), "a list of capabilities of SMTP"),
    (r"(mail|fs)_compress_write_method|zlib_save", are_words("bz2|deflate|gz|lz4|zstd"), "one of bz2, deflate, gz, lz4, zstd"),
    ("ssl_(alt_|client_)?(cert|key)|ssl_ca|ssl_dh", is_pem, "the content of a PEM file; `<` before a path reads it"),
    ("acl_driver", are_words("vfile"), "vfile"),
    ("crypt_user_key_curve", are_words(r"(prime|secp|sect|brainpool|wap|c2|x|ed)[\w-]*\d[\w-]*"), "an elliptic curve"),
    ("crypt_write_algorithm", are_words(r"([\w-]+-(sha\d[\w-]*|md5))?"), "a cipher with a hash such as aes-256-gcm-sha256"),
    ("dict_driver", are_words("cdb|fail|file|fs|ldap|proxy|redis|sql"), "one of cdb, fail, file, fs, ldap, proxy, redis, sql"),
    ("fs_driver", are_words("compress|crypt|dict|metawrap|posix|randomfail|sis|sis-queue|test"), "one of compress, crypt, dict, metawrap, posix, randomfail, sis, sis-queue"),
    ("language_filters", are_words("contractions|english-possessive|lowercase|normalizer-icu|snowball|stopwords"), "a list of contractions, english-possessive, lowercase, normalizer-icu, snowball, stopwords"),
    ("language_tokenizers", are_words("email-address|generic|kuromoji"), "a list of email-address, generic and kuromoji"),
    ("language_tokenizer_generic_algorithm", are_words("simple|tr29"), "simple or tr29"),
    ("push_notification_driver", are_words("dlog|lua|ox"), "one of dlog, lua, ox"),
    ("quota_driver", are_words("count|fs|imapc|maildir"), "one of count, fs, imapc, maildir"),
    ("sql_driver", are_words("cassandra|mysql|pgsql|sqlite"), "one of cassandra, mysql, pgsql, sqlite"),
]  # fmt: skip


def wrong_words(config: str) -> list[str]:
    """What no start and no use of Dovecot would show: words that it reads when somebody comes for them."""
    said = []
    for name, value in shown_settings(run("doveconf", "-c", config, "-n").text):
        for names, fits, kind in DOVECOT_WORDS:
            if value and re.fullmatch(names, name) and not fits(value):
                said.append(f"{config}: {name} = {value}: this is not {kind}")
        if name == "login_access_sockets":
            whole = run("doveconf", "-c", config, "-a").text
            lost = [word for word in value.split() if not re.search(rf"unix_listener (?:\S*/)?login/{re.escape(word)} ", whole)]
            said += [f"{config}: {name} = {value}: no service listens on login/{word}" for word in lost]
        if name == "passdb_default_password_scheme":
            schemes = run("doveadm", "-c", config, "pw", "-l")
            if not schemes.code and value.upper().split(".")[0] not in schemes.text.upper().split():
                said.append(f"{config}: {name} = {value}: this is none of `doveadm pw -l`")
    return list(dict.fromkeys(said))


def shown_settings(shown: str) -> list[tuple[str, str]]:
    """The settings that `doveconf -n` shows, by the names that they have where no block is about them: 2.4 shows `mbox_read_locks` as `read_locks` in a
    block `mbox`, where it makes one of all that begins so."""
    found: list[tuple[str, str]] = []
    blocks: list[str] = []
    for line in shown.splitlines():
        setting = re.match(r"\s*(\w+) = ?(.*)$", line)
        if setting:
            value = setting[2].strip().strip('"')
            found += [("_".join([*blocks[start:], setting[1]]), value) for start in range(len(blocks) + 1)]
        elif line.rstrip().endswith("{"):
            blocks.append(line.split()[0])
        elif line.strip() == "}":
            blocks = blocks[:-1]
    return found


def ask_dovecot(config: str, mailbox: str, lmtp: str, mailboxes: str) -> list[str]:
    """Starts Dovecot with a staged configuration where it reaches nobody and changes nothing, uses it, and hears what it minds."""
    text = read_bytes(config).decode()
    misplaced = about_the_machine(config) + wrong_words(config)
    if misplaced:
        return misplaced
    logs = ("log_path", "info_log_path", "debug_log_path")
    added = "".join(f"{name} = /dev/stderr\n" for name in logs)
    if re.fullmatch(r"[0-9a-fA-F:.*,\s]+", run("doveconf", "-c", config, "-h", "listen").text):
        added += "listen = *\n"  # the sandbox has none of the machine's addresses
    path = f"{config}.apart"
    write_new(path, f"{text}\n{added}".encode(), 0o644, durable=False)
    backdate(path)
    os.chmod(SCRATCH, 0o711)  # for Dovecot's own accounts; nobody else gets as far as that
    own = [run("doveconf", "-c", config, "-h", name).text.strip() for name in ("base_dir", "state_dir")]
    folders = list(dict.fromkeys(["/run/dovecot", "/var/lib/dovecot", *filter(os.path.isabs, own)]))
    missing = [folder for folder in folders if not os.path.isdir(folder)]  # the sandbox makes them, outside of it too
    properties = {
        "PrivateNetwork": "yes",
        "ReadOnlyPaths": "/",
        "TemporaryFileSystem": f"{STATE}:mode=755 {' '.join(f'{folder}:mode=755' for folder in folders)} {os.path.dirname(lmtp)} {mailboxes}:mode=1777 /tmp:mode=1777",
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
    for folder in missing:
        remove_folder_if_empty(folder)
    said, asked, _ = output.text.partition("--- asked")
    if not asked:
        say("agent", f"Dovecot is not started for a judgement: {(output.text.splitlines() or ['no sandbox'])[-1]}")
        return []
    return minded(said, own[0])


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


def minded(said: str, base: str = "/run/dovecot") -> list[str]:
    """Dovecot's complaints about its configuration, without times, sessions and what only the sandbox lacks."""
    lines = [line for line in said.splitlines() if re.search(r"\b(Error|Fatal|Panic): ", line) and not re.search(HUNG_UP, line)]
    inside = [line for line in lines if not re.search(OUTSIDE.replace("/run/dovecot", re.escape(base)), line)]
    causes = [line for line in inside if not re.search(HENCE, line)]
    # Where something outside is missed, so is what it would have said.
    heard = causes if causes or len(inside) < len(lines) else inside
    short = [re.sub(r"^\w{3} \d\d \d\d:\d\d:\d\d |\(\d+\)|<\d+><[^>]*>|: user=<>.*", "", line) for line in heard]
    return list(dict.fromkeys(short))
