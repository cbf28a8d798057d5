"""Runs the agent that came in the bundle: what Python made of the same source on this machine before, or of the source itself, which takes it longer than all
else that it does here. `install_recovery` keeps the one for the other."""

import hashlib
import marshal
import os
import sys

bundle = globals()["BUNDLE"]
compiled = None
try:
    with open(os.environ.get("MAILSERVER_ROOT", "") + "/usr/local/lib/pulumi-mailserver/agent.compiled", "rb") as file:
        kept = file.read()
    if kept[:32] == hashlib.sha256(sys.version.encode() + bundle["agent"].encode() + kept[32:]).digest():
        compiled = marshal.loads(kept[32:])
except OSError:
    pass
exec(compiled or compile(bundle["agent"], "mailserver-agent", "exec"), {"__name__": "__main__", "BUNDLE": bundle})
