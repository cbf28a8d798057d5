"""Commands, and what they say."""

from __future__ import annotations

import os
import re
import select
import subprocess
from typing import NamedTuple

from errors import Failure
from progress import Deadline


class Output(NamedTuple):
    """What a command said (stdout and stderr as one) and how it ended."""

    code: int
    text: str

    def demand(self, sentence: str, pattern: str = "") -> None:
        """Raises `Failure` unless the command succeeded, with the lines that match `pattern`, or else its last ones."""
        if self.code:
            lines = [line for line in self.text.splitlines() if line.strip()]
            chosen = [line for line in lines if re.search(pattern, line)] if pattern else []
            raise Failure(sentence, (chosen or lines)[-6:])


def run(
    *command: str,
    stdin: str = "",
    timeout: float = 300,
    environment: dict[str, str] | None = None,
    shown: str = "",
    progress_pattern: str = ".",
    patient: bool = False,
) -> Output:
    """Runs a command. `shown`: tell its last line that matches `progress_pattern` every few seconds under this name. `patient`: an interruption
    lets it end first."""
    clock = Deadline(timeout)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | (environment or {}),
        )  # fmt: skip
    except FileNotFoundError:
        return Output(127, f"{command[0]}: command not found")
    said = b""
    try:
        process.stdin.write(stdin.encode())
        process.stdin.close()
        pipe = process.stdout.fileno()
        while True:
            if select.select([pipe], [], [], 0.5)[0]:
                more = os.read(pipe, 65536)
                if not more:
                    break
                said += more
            if clock.over():
                raise Failure(
                    f"`{command[0]}` did not end within {timeout:.0f} s",
                    said.decode("utf-8", "replace").splitlines()[-3:],
                )
            if shown and (lines := re.findall(rf"^.*(?:{progress_pattern}).*$", said.decode("utf-8", "replace"), re.M)):
                clock.tell(shown, lines[-1].strip())
        return Output(process.wait(), said.decode("utf-8", "replace"))
    finally:
        if process.poll() is None:
            if not patient:
                process.terminate()
            end_of(process, 600 if patient else 10)
        process.stdout.close()


def end_of(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Waits for a process that nobody reads any more, and ends it where it does not."""
    try:
        process.communicate(timeout=seconds)
    except (subprocess.TimeoutExpired, ValueError):
        process.kill()
        process.wait()
